export { messageRefused } from "./message-refused.ts";
export { rateOverlimit } from "./rate-overlimit.ts";
export { streamRateLimit } from "./stream-rate-limit.ts";
export { typingFlood } from "./typing-flood.ts";
