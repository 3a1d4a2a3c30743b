// A new fault is one new file and one line in the index of its folder; a new folder is one line here.
export * as "app-state" from "./app-state/index.ts";
export * as clock from "./clock/index.ts";
export * as connect from "./connect/index.ts";
export * as crypto from "./crypto/index.ts";
export * as frame from "./frame/index.ts";
export * as keys from "./keys/index.ts";
export * as media from "./media/index.ts";
export * as noise from "./noise/index.ts";
export * as quota from "./quota/index.ts";
export * as "rate-limit" from "./rate-limit/index.ts";
export * as session from "./session/index.ts";
export * as stanza from "./stanza/index.ts";
