export { mediaAuthExpired } from "./media-auth-expired.ts";
export { mediaCorrupt } from "./media-corrupt.ts";
export { mediaCut } from "./media-cut.ts";
export { mediaHostDown } from "./media-host-down.ts";
export { mediaSlow } from "./media-slow.ts";
export { mediaStatus } from "./media-status.ts";
