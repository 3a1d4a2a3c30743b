import { type DisconnectCause, causes } from "./causes.ts";
import type { Hold } from "./engine/state.ts";

/** Says in words what happened and what comes next, for a log or an operator's screen. */
export function sentence(cause: DisconnectCause, hold: Hold | null): string {
  const { meaning, action } = causes[cause];
  const words = [meaning, action];
  if (hold?.needs === "operator" && causes[cause].rule.family !== "hold") {
    words[1] = "Does not try again by itself: waits for an operator.";
  }
  if (hold?.needs === "pairing" && causes[cause].rule.family !== "hold") {
    words[1] = "Waits until someone wants to pair.";
  }
  if (hold !== null && hold.untilMs !== null) {
    words.push(`Next try at ${new Date(hold.untilMs).toISOString()}.`);
  }
  return words.join(" ");
}
