import { UsageError } from "@motte/core/errors";
import { assertDelay } from "../backoff/ladder.ts";
import { type DisconnectCause, causes } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";

/**
 * One thing that happens in a simulation, `afterMs` after the one before (at once by default).
 *
 * What happens to a connection (`open`, `close`, `qr`, `paired`) waits until the policy has made one, and is left out
 * when the policy makes none by itself any more, as is an `open` of one that is open.
 */
export type ScriptStep =
  | { readonly do: "open" | "qr" | "paired"; readonly afterMs?: number }
  /** The connection ends: with the usual form of a cause, or with a disconnect of your own, as from `classify`. */
  | {
      readonly do: "close";
      readonly because: DisconnectCause | Disconnect;
      readonly afterMs?: number;
    }
  /** Nothing happens, except what the policy has planned. */
  | { readonly do: "pass"; readonly afterMs: number }
  /** An operator resumes. */
  | { readonly do: "resume"; readonly force?: boolean; readonly afterMs?: number }
  /** The process dies, and another starts at once from the state that was last persisted. */
  | { readonly do: "crash"; readonly afterMs?: number }
  /** The machine loses its network, or gets it back. */
  | { readonly do: "online" | "offline"; readonly afterMs?: number }
  /** An answer to whose turn it is to use the credentials, or news about it. */
  | {
      readonly do: "ownership";
      readonly verdict: "mine" | "theirs" | "unknown";
      readonly afterMs?: number;
    }
  /** An answer to the search for another client version. */
  | { readonly do: "version"; readonly changed: boolean; readonly afterMs?: number }
  /** The program stops for good. */
  | { readonly do: "stop"; readonly afterMs?: number };

const KINDS: ReadonlySet<string> = new Set<ScriptStep["do"]>([
  "open",
  "qr",
  "paired",
  "close",
  "pass",
  "resume",
  "crash",
  "stop",
  "online",
  "offline",
  "ownership",
  "version",
]);

/** Throws a `UsageError` for a step that cannot be played. */
export function assertScript(script: readonly ScriptStep[]): void {
  script.forEach((step, index) => {
    if (!KINDS.has(step.do)) {
      const known = [...KINDS].join(", ");
      throw invalid(`script[${index}].do must be one of ${known}, not ${JSON.stringify(step.do)}`);
    }
    assertDelay(`script[${index}].afterMs`, step.afterMs ?? 0);
    if (step.do === "ownership" && !["mine", "theirs", "unknown"].includes(step.verdict)) {
      throw invalid(`script[${index}].verdict must be "mine", "theirs" or "unknown"`);
    }
    if (step.do === "version" && typeof step.changed !== "boolean") {
      throw invalid(`script[${index}].changed must be true or false`);
    }
    if (step.do === "close" && !Object.hasOwn(causes, causeOf(step.because))) {
      throw invalid(`script[${index}].because must be one of the causes in \`causes\``);
    }
  });
}

function causeOf(because: DisconnectCause | Disconnect): string {
  return typeof because === "string" ? because : because.cause;
}

function invalid(message: string): UsageError {
  return new UsageError("USAGE_INVALID_OPTION", message);
}
