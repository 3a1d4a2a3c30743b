import type { Port, PortHost } from "../port.ts";
import type { SupervisedSocket } from "../supervised-socket.ts";

/**
 * Says when an open connection has caught up. The server's marker for it may come before or after the login is
 * complete, and may never come at all; after `readyMs` the wait is over without it.
 */
export function readiness<S extends SupervisedSocket>(host: PortHost<S>): Port<S> {
  const { announce, options } = host;
  const { clock, timeouts } = options;
  let caughtUp = false;
  let waiting: (() => void) | undefined;
  let timer: Disposable | undefined;
  const forget = (): void => {
    timer?.[Symbol.dispose]();
    waiting = undefined;
  };
  return {
    created: () => {
      caughtUp = false;
    },
    opened: (sock, generation) => {
      const openedMs = clock.monotonic();
      waiting = () => {
        forget();
        const uptimeMs = clock.monotonic() - openedMs;
        announce.ready({ sock, generation, caughtUp, uptimeMs });
      };
      if (caughtUp) waiting();
      else timer = clock.after(timeouts.readyMs, waiting);
    },
    events: ({ "connection.update": update }) => {
      caughtUp = update?.receivedPendingNotifications ?? caughtUp;
      if (caughtUp) waiting?.();
    },
    closed: forget,
  };
}
