export type { EncryptionOptions } from "./encryption-option.ts";
export type { KeyProvider } from "./key-provider.ts";
export { keyFile, keyFromEnvironment } from "./key-sources.ts";
export { keyring } from "./keyring.ts";
export { type PassphraseKeyOptions, passphraseKey } from "./passphrase-key.ts";
export type { ResealReport } from "./reseal.ts";
export { type ResealOptions, reseal } from "./reseal-session.ts";
export { type SealedBackend, type SealedOptions, sealed } from "./sealed.ts";
export { secretKey } from "./secret-key.ts";
