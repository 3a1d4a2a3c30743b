import { withDeadline } from "@motte/core/deadline";
import type { Port, PortHost } from "../port.ts";
import type { SupervisedSocket } from "../supervised-socket.ts";

const FIRST_ANSWER_MS = 5_000;

/** Tells the engine whether there is a network. */
export function networkNews<S extends SupervisedSocket>(host: PortHost<S>): Port<S> | undefined {
  const { connectivity, clock } = host.options;
  if (connectivity === undefined) return undefined;
  let stopped = false;
  let changed = false;
  let changes: Disposable | undefined;

  return {
    load: async () => {
      try {
        changes ??= connectivity.onChange((online) => {
          changed = true;
          if (!stopped) host.dispatch({ type: "connectivity", online });
        });
        const answer = Promise.resolve().then(() => connectivity.online());
        const online = await withDeadline(answer, {
          what: "connectivity.online()",
          ms: FIRST_ANSWER_MS,
          clock,
        });
        // What came in between is newer.
        if (!changed && !stopped) host.dispatch({ type: "connectivity", online });
      } catch (error) {
        // A detector that fails says nothing, and connecting is how to find out.
        host.announce.report("connectivity", error);
      }
      return undefined;
    },
    stop: () => {
      stopped = true;
      changes?.[Symbol.dispose]();
    },
  };
}
