import type { Port, PortHost, PortMaker } from "./port.ts";
import { admissionTicket } from "./ports/admission-ticket.ts";
import { authentication } from "./ports/authentication.ts";
import { heldEvents } from "./ports/held-events.ts";
import { liveness } from "./ports/liveness.ts";
import { networkNews } from "./ports/network-news.ts";
import { ownershipCheck } from "./ports/ownership-check.ts";
import { pairingCode } from "./ports/pairing-code.ts";
import { persistence } from "./ports/persistence.ts";
import { qrCode } from "./ports/qr-code.ts";
import { readiness } from "./ports/readiness.ts";
import { versionRefresh } from "./ports/version-refresh.ts";
import type { SupervisedSocket } from "./supervised-socket.ts";

/**
 * Every port there is, in the order in which a connect asks them. The kept state is what the others build on. Leave to
 * connect is asked for last, so that nobody who has it waits for something else.
 */
const PORTS: readonly PortMaker[] = [
  persistence,
  networkNews,
  ownershipCheck,
  versionRefresh,
  authentication,
  qrCode,
  pairingCode,
  readiness,
  liveness,
  heldEvents,
  admissionTicket,
];

/** Those that the options ask for. */
export function portsFor<S extends SupervisedSocket>(host: PortHost<S>): readonly Port<S>[] {
  return PORTS.map((make) => make(host)).filter((port) => port !== undefined);
}
