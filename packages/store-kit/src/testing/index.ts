export { kvSuite } from "./kv-suite/index.ts";
export type { BreakableKVPlace, KVPlace, KVSuiteRunner, KVSuiteTarget } from "./kv-suite/runner.ts";
export { type KVCall, type KVFault, flakyKV } from "./flaky-kv.ts";
export { type ReplayStep, type ReplayTarget, replay } from "./replay.ts";
