import type { Disconnect } from "../disconnect.ts";
import type { EngineState, Phase } from "../engine/state.ts";
import { ReconnectError } from "../errors.ts";
import { sentence } from "../sentence.ts";

export function isOpen(phase: Phase): boolean {
  return phase === "open" || phase === "stable";
}

/** Whether nothing connects again by itself. */
export function hasGivenUp({ phase, hold }: EngineState): boolean {
  return phase === "stopped" || (phase === "held" && hold?.untilMs === null);
}

/** Why waiting for a connection is of no use, or nothing when it is. */
export function hopeless(
  state: EngineState,
  disconnect: Disconnect | undefined,
): ReconnectError | undefined {
  const { phase, hold } = state;
  if (phase === "stopped") {
    return new ReconnectError("RECONNECT_STOPPED", "The supervisor has stopped", { disconnect });
  }
  if (hold === null || !hasGivenUp(state)) return undefined;
  const words = `${sentence(hold.cause, hold)} Call resume() to go on`;
  return new ReconnectError("RECONNECT_HELD", words, { disconnect });
}
