export { endlessPatches } from "./endless-patches.ts";
export { patchBadMac } from "./patch-bad-mac.ts";
export { patchConflict } from "./patch-conflict.ts";
export { patchVersionGap } from "./patch-version-gap.ts";
export { syncKeyMissing } from "./sync-key-missing.ts";
