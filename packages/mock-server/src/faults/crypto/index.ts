export { badMac } from "./bad-mac.ts";
export { duplicateCounter } from "./duplicate-counter.ts";
export { missingSenderKey } from "./missing-sender-key.ts";
export { oldCounter } from "./old-counter.ts";
export { unknownSession } from "./unknown-session.ts";
