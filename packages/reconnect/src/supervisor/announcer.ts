import { Emitter, type Event } from "@motte/core/events";
import type { Logger } from "@motte/core/logger";
import { type DisconnectCause, causes } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import type { Hold } from "../engine/state.ts";
import { sentence } from "../sentence.ts";
import { Counters } from "./counters.ts";
import type {
  Closed,
  Flapping,
  GaveUp,
  Held,
  InternalError,
  Opened,
  PairingCodeShown,
  QrShown,
  Ready,
  Retrying,
  Stable,
  StateChange,
  SupervisorEvent,
} from "./supervisor-events.ts";

/** Hears every event of a supervisor, after the listeners of that event. */
export type Tap<S> = (event: SupervisorEvent<S>) => void;

/** Tells the world what the supervisor does: as events, in the log, and as counts. */
export class Announcer<S> {
  readonly counters: Counters = new Counters();
  readonly #logger: Logger;
  readonly #taps = new Emitter<SupervisorEvent<S>>();
  readonly #internalError = new Emitter<InternalError>();
  #disconnect: Disconnect | undefined;

  readonly #open = this.#emitter<Opened<S>>("onOpen");
  readonly #ready = this.#emitter<Ready<S>>("onReady");
  readonly #stable = this.#emitter<Stable>("onStable");
  readonly #flapping = this.#emitter<Flapping>("onFlapping");
  readonly #close = this.#emitter<Closed>("onClose");
  readonly #retry = this.#emitter<Retrying>("onRetry");
  readonly #hold = this.#emitter<Held>("onHold");
  readonly #giveUp = this.#emitter<GaveUp>("onGiveUp");
  readonly #qr = this.#emitter<QrShown>("onQR");
  readonly #pairingCode = this.#emitter<PairingCodeShown>("onPairingCode");
  readonly #stateChange = this.#emitter<StateChange>("onStateChange");

  readonly onOpen: Event<Opened<S>> = this.#open.event;
  readonly onReady: Event<Ready<S>> = this.#ready.event;
  readonly onStable: Event<Stable> = this.#stable.event;
  readonly onFlapping: Event<Flapping> = this.#flapping.event;
  readonly onClose: Event<Closed> = this.#close.event;
  readonly onRetry: Event<Retrying> = this.#retry.event;
  readonly onHold: Event<Held> = this.#hold.event;
  readonly onGiveUp: Event<GaveUp> = this.#giveUp.event;
  readonly onQR: Event<QrShown> = this.#qr.event;
  readonly onPairingCode: Event<PairingCodeShown> = this.#pairingCode.event;
  readonly onStateChange: Event<StateChange> = this.#stateChange.event;
  readonly onInternalError: Event<InternalError> = this.#internalError.event;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The latest disconnect announced. */
  get disconnect(): Disconnect | undefined {
    return this.#disconnect;
  }

  /** Hands every event to `tap`, which must not throw. */
  tap(tap: Tap<S>): Disposable {
    return this.#taps.event(tap);
  }

  connecting(generation: number): void {
    this.counters.add("connects");
    this.#logger.debug({ generation }, "connecting");
  }

  opened(opened: Opened<S>): void {
    this.counters.add("opens");
    this.#logger.info({ generation: opened.generation }, "connection open");
    this.#open.emit(opened);
    this.#tell({ type: "open", ...opened });
  }

  ready(ready: Ready<S>): void {
    const { generation, caughtUp, uptimeMs } = ready;
    this.counters.add("readies");
    this.#logger.info({ generation, caughtUp, uptimeMs }, "connection ready");
    this.#ready.emit(ready);
    this.#tell({ type: "ready", ...ready });
  }

  stable(stable: Stable): void {
    this.#logger.debug(stable, "connection stable");
    this.#stable.emit(stable);
    this.#tell({ type: "stable", ...stable });
  }

  flapping(flapping: Flapping): void {
    this.counters.add("flaps");
    this.#logger.warn(flapping, "the connection opens and is lost again and again");
    this.#flapping.emit(flapping);
    this.#tell({ type: "flapping", ...flapping });
  }

  closed(closed: Closed): void {
    const { generation, uptimeMs, disconnect } = closed;
    this.counters.closed(disconnect.cause, uptimeMs);
    this.#disconnect = disconnect;
    this.#logger.info({ generation, uptimeMs, disconnect }, "connection closed");
    this.#close.emit(closed);
    this.#tell({ type: "close", ...closed });
  }

  retrying(retrying: Omit<Retrying, "disconnect">): void {
    const { attempt, delayMs, reason } = retrying;
    const event = { ...retrying, disconnect: this.#disconnect };
    this.counters.add("retries");
    this.#logger.info({ attempt, delayMs, reason }, "connecting again after a pause");
    this.#retry.emit(event);
    this.#tell({ type: "retry", ...event });
  }

  held(hold: Hold): void {
    const { cause, needs, untilMs } = hold;
    const { credentials } = causes[cause];
    const words = sentence(cause, hold);
    const disconnect = this.#disconnect;
    const event = { cause, sentence: words, needs, untilMs, credentials, disconnect };
    this.counters.add("holds");
    this.#logger.warn({ cause, needs, untilMs }, words);
    this.#hold.emit(event);
    this.#tell({ type: "hold", ...event });
  }

  gaveUp(cause: DisconnectCause, hold: Hold | null): void {
    const { credentials } = causes[cause];
    const event = {
      cause,
      sentence: sentence(cause, hold),
      credentials,
      disconnect: this.#disconnect,
    };
    this.#giveUp.emit(event);
    this.#tell({ type: "give-up", ...event });
  }

  qr(shown: QrShown): void {
    this.counters.add("qrs");
    this.#qr.emit(shown);
    this.#tell({ type: "qr", ...shown });
  }

  pairingCode(shown: PairingCodeShown): void {
    this.counters.add("pairingCodes");
    this.#pairingCode.emit(shown);
    this.#tell({ type: "pairing-code", ...shown });
  }

  stateChanged(change: StateChange): void {
    this.#stateChange.emit(change);
    this.#tell({ type: "state-change", ...change });
  }

  /** As with an `error` event: someone must hear it, or the process does. */
  report(where: string, error: unknown): void {
    this.counters.add("internalErrors");
    this.#logger.error({ err: error, where }, "supervisor error");
    if (this.#internalError.listenerCount > 0) this.#internalError.emit({ where, error });
    else throwLater(error);
    this.#tell({ type: "internal-error", where, error });
  }

  #tell(event: SupervisorEvent<S>): void {
    if (this.#taps.listenerCount > 0) this.#taps.emit(event);
  }

  #emitter<T>(name: string): Emitter<T> {
    return new Emitter<T>((error) => this.report(`A listener of ${name}`, error));
  }
}

function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
