import type { FlightHost } from "./flight-host.ts";
import type { SupervisedSocket } from "./supervised-socket.ts";
import { type TransportListener, watchTransport } from "./transport-watch.ts";

/** Ends a socket that nobody waits for any more, because its factory took too long. */
export function endLateSocket<S extends SupervisedSocket>(
  sock: S,
  { clock, timeouts, internalError }: Pick<FlightHost<S>, "clock" | "timeouts" | "internalError">,
): void {
  const watch = watchTransport(sock, DEAF, () => clock.now());
  const cutter = clock.after(timeouts.closeGraceMs, () => watch.cut());
  Promise.resolve()
    .then(() => sock.end(undefined))
    .catch((error: unknown) => internalError("sock.end()", error))
    .finally(() => {
      cutter[Symbol.dispose]();
      watch[Symbol.dispose]();
    });
}

function nothing(): void {}

const DEAF: TransportListener = {
  upgraded: nothing,
  refused: nothing,
  answered: nothing,
  closed: nothing,
  unreadable: nothing,
  ending: nothing,
};
