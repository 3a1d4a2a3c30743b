import type { Port, PortHost, PortMaker } from "./port.ts";
import type { SupervisedSocket } from "./supervised-socket.ts";

/** Every port there is, in the order in which a connect asks them. */
const PORTS: readonly PortMaker[] = [];

/** Those that the options ask for. */
export function portsFor<S extends SupervisedSocket>(host: PortHost<S>): readonly Port<S>[] {
  return PORTS.map((make) => make(host)).filter((port) => port !== undefined);
}
