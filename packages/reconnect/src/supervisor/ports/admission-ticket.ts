import {
  type AdmissionLane,
  type AdmissionOutcome,
  type AdmissionTicket,
} from "../../fleet/admission.ts";
import type { Effect } from "../../engine/effect.ts";
import type { Port, PortHost } from "../port.ts";
import type { ContextExtras } from "../socket-factory.ts";
import type { SupervisedSocket } from "../supervised-socket.ts";

/** Asks the fleet for leave right before the factory is called, and tells it what became of the connect. */
export function admissionTicket<S extends SupervisedSocket>(
  host: PortHost<S>,
): Port<S> | undefined {
  const { admission, accountId: id, egress: key } = host.options;
  if (admission === undefined) return undefined;
  const occasion = new Occasion();
  let ticket: AdmissionTicket | undefined;
  let wasOpen = false;
  let paired: (() => boolean) | undefined;

  const arrived = (): void => {
    wasOpen = true;
    ticket?.release("opened");
    ticket = undefined;
  };
  return {
    effect: (effect) => occasion.hear(effect),
    prepare: async ({ signal, extras }) => {
      const isPaired = paired?.() ?? pairedBy(extras);
      const lane = occasion.lane(isPaired);
      wasOpen = false;
      const granted = await admission.acquire({ id, lane, key, signal });
      if (signal.aborted) granted.release("aborted");
      else ticket = granted;
      return undefined;
    },
    created: ({ authState }) => {
      paired = authState && (() => authState.creds.account !== undefined);
    },
    opened: arrived,
    // Whoever is offered a code has come through; how long a person takes to scan it is nobody else's wait.
    qr: arrived,
    closed: ({ disconnect }) => {
      const outcome: AdmissionOutcome = disconnect.cause === "local-stop" ? "aborted" : "failed";
      ticket?.release(outcome, disconnect);
      ticket = undefined;
      if (wasOpen) admission.report?.({ id, key, disconnect });
      wasOpen = false;
    },
  };
}

/** What led to a connect, read from the effects before it. */
class Occasion {
  #next: AdmissionLane = "boot";
  #now: AdmissionLane = "boot";

  hear(effect: Effect): void {
    if (effect.type === "connect") {
      this.#now = this.#next;
      this.#next = "reconnect";
    }
    // A hold that ends by itself ends in a try whether things have changed.
    if (effect.type === "hold") this.#next = effect.hold.untilMs === null ? "reconnect" : "probe";
    if (effect.type !== "retry" || effect.reason === "restored") return;
    if (effect.reason === "restart") this.#next = "restart";
    else this.#next = effect.reason === "refused" ? "probe" : "reconnect";
  }

  lane(isPaired: boolean): AdmissionLane {
    return isPaired ? this.#now : "pairing";
  }
}

// Until there is a socket to ask, an account counts as paired unless its credentials say otherwise.
function pairedBy({ auth }: ContextExtras): boolean {
  return auth === undefined || auth.creds.account !== undefined;
}
