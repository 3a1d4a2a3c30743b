import { withDeadline } from "@motte/core/deadline";
import type { OwnershipVerdict } from "../../ports/ownership.ts";
import type { Port, PortHost } from "../port.ts";
import type { SupervisedSocket } from "../supervised-socket.ts";
import { orAborted } from "../waiters.ts";

const CHECK_MS = 10_000;
const VERDICTS: ReadonlySet<unknown> = new Set<OwnershipVerdict>(["mine", "theirs", "unknown"]);

/** Answers the engine's question whose turn it is. */
export function ownershipCheck<S extends SupervisedSocket>(host: PortHost<S>): Port<S> | undefined {
  const { ownership, clock } = host.options;
  if (ownership === undefined) return undefined;
  const stopped = new AbortController();
  let news: Disposable | undefined;
  let lost = false;

  const tell = (verdict: OwnershipVerdict): void => {
    if (stopped.signal.aborted) return;
    const known = VERDICTS.has(verdict);
    if (!known)
      host.announce.report(
        "ownership",
        new TypeError('The answer must be "mine", "theirs" or "unknown"'),
      );
    // Whoever has lost the account and stays connected fights with its new owner.
    if (verdict === "theirs") host.end({ watchdog: "replaced" }, replaced());
    host.dispatch({ type: "ownership", verdict: known ? verdict : "unknown" });
  };
  const hear = (verdict: OwnershipVerdict): void => {
    // Where there is no connection to end, the next one must not begin as if nothing had been said.
    lost = verdict === "theirs" && host.state.hold?.needs !== "ownership";
    tell(verdict);
  };
  const check = async (): Promise<void> => {
    // Its own signal, so that a check nobody waits for any more can stop.
    const given = new AbortController();
    const signal = AbortSignal.any([stopped.signal, given.signal]);
    try {
      const answer = Promise.resolve().then(() => ownership.check(signal));
      const what = "ownership.check()";
      tell(await orAborted(withDeadline(answer, { what, ms: CHECK_MS, clock }), stopped.signal));
    } catch (error) {
      if (stopped.signal.aborted) return;
      host.announce.report("ownership", error);
      tell("unknown");
    } finally {
      given.abort();
    }
  };

  return {
    load: async () => {
      news ??= ownership.onChange?.(hear);
      return undefined;
    },
    prepare: async ({ signal }) => {
      if (lost) host.end({ watchdog: "replaced" }, replaced());
      signal.throwIfAborted();
      return undefined;
    },
    closed: ({ disconnect }) => {
      if (disconnect.cause === "replaced") lost = false;
    },
    effect: ({ type }) => {
      if (type === "check-ownership") void check();
    },
    stop: () => {
      stopped.abort();
      news?.[Symbol.dispose]();
    },
  };
}

function replaced(): Error {
  return new Error("Another program has the account now");
}
