export { badUserInBatch } from "./bad-user-in-batch.ts";
export { bundleMissing } from "./bundle-missing.ts";
export { digestMismatch } from "./digest-mismatch.ts";
export { noOneTimePreKeys } from "./no-one-time-pre-keys.ts";
export { staleIdentity } from "./stale-identity.ts";
export { wrongSignature } from "./wrong-signature.ts";
