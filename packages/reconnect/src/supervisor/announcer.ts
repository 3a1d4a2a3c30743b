import { Emitter } from "@motte/core/events";
import type { Logger } from "@motte/core/logger";
import { type DisconnectCause, causes } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import type { Hold, Phase } from "../engine/state.ts";
import { sentence } from "../sentence.ts";
import type {
  Closed,
  GaveUp,
  Held,
  InternalError,
  Opened,
  QrShown,
  Retrying,
  SupervisorMetrics,
} from "./supervisor.ts";

type Counted = Pick<SupervisorMetrics, "connects" | "opens" | "holds" | "closesByCause">;

/** Tells the world what the supervisor does: as events, in the log, and as counts. */
export class Announcer<S> {
  readonly #logger: Logger;
  #counted: Counted = { connects: 0, opens: 0, holds: 0, closesByCause: {} };
  #disconnect: Disconnect | undefined;

  readonly #internalError = new Emitter<InternalError>();
  readonly open: Emitter<Opened<S>> = this.#emitter("onOpen");
  readonly close: Emitter<Closed> = this.#emitter("onClose");
  readonly retry: Emitter<Retrying> = this.#emitter("onRetry");
  readonly hold: Emitter<Held> = this.#emitter("onHold");
  readonly giveUp: Emitter<GaveUp> = this.#emitter("onGiveUp");
  readonly qr: Emitter<QrShown> = this.#emitter("onQR");
  readonly stateChange: Emitter<{ readonly from: Phase; readonly to: Phase }> =
    this.#emitter("onStateChange");

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The latest disconnect announced. */
  get disconnect(): Disconnect | undefined {
    return this.#disconnect;
  }

  get counted(): Counted {
    return this.#counted;
  }

  get internalError(): Emitter<InternalError>["event"] {
    return this.#internalError.event;
  }

  connecting(generation: number): void {
    this.#counted = { ...this.#counted, connects: this.#counted.connects + 1 };
    this.#logger.debug({ generation }, "connecting");
  }

  opened(opened: Opened<S>): void {
    this.#counted = { ...this.#counted, opens: this.#counted.opens + 1 };
    this.#logger.info({ generation: opened.generation }, "connection open");
    this.open.emit(opened);
  }

  closed(closed: Closed): void {
    const { generation, uptimeMs, disconnect } = closed;
    const { closesByCause } = this.#counted;
    const closes = (closesByCause[disconnect.cause] ?? 0) + 1;
    this.#counted = {
      ...this.#counted,
      closesByCause: { ...closesByCause, [disconnect.cause]: closes },
    };
    this.#disconnect = disconnect;
    this.#logger.info({ generation, uptimeMs, disconnect }, "connection closed");
    this.close.emit(closed);
  }

  retrying(retrying: Omit<Retrying, "disconnect">): void {
    const { attempt, delayMs, reason } = retrying;
    this.#logger.info({ attempt, delayMs, reason }, "connecting again after a pause");
    this.retry.emit({ ...retrying, disconnect: this.#disconnect });
  }

  held(hold: Hold): void {
    const { cause, needs, untilMs } = hold;
    const { credentials } = causes[cause];
    const words = sentence(cause, hold);
    this.#counted = { ...this.#counted, holds: this.#counted.holds + 1 };
    this.#logger.warn({ cause, needs, untilMs }, words);
    this.hold.emit({
      cause,
      sentence: words,
      needs,
      untilMs,
      credentials,
      disconnect: this.#disconnect,
    });
  }

  gaveUp(cause: DisconnectCause, hold: Hold | null): void {
    const { credentials } = causes[cause];
    this.giveUp.emit({
      cause,
      sentence: sentence(cause, hold),
      credentials,
      disconnect: this.#disconnect,
    });
  }

  /** As with an `error` event: someone must hear it, or the process does. */
  report(where: string, error: unknown): void {
    this.#logger.error({ err: error, where }, "supervisor error");
    if (this.#internalError.listenerCount > 0) this.#internalError.emit({ where, error });
    else throwLater(error);
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
