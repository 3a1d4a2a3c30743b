import type { Random } from "@motte/core/random";

/** What the engine may know of the world at one moment. */
export interface EngineEnvironment {
  /** Wall time: for deadlines that outlive the process. */
  readonly nowMs: number;
  /** Monotonic time: for uptime. A machine that sleeps is not up. */
  readonly monotonicMs: number;
  readonly random: Pick<Random, "next">;
}
