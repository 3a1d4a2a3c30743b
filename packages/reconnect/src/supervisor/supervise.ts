import { withDeadline } from "@motte/core/deadline";
import { Emitter } from "@motte/core/events";
import type { DisconnectCause } from "../causes.ts";
import { causes } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import type { Effect } from "../engine/effect.ts";
import type { EngineEvent } from "../engine/event.ts";
import { type EngineState, type Hold, type Phase, isRunning } from "../engine/state.ts";
import { ReconnectError } from "../errors.ts";
import { sentence } from "../sentence.ts";
import { ConnectionShow } from "./connection-show.ts";
import { EventFacade } from "./event-facade.ts";
import { Flight, type FlightHost, type Landing, type SocketFactory } from "./flight.ts";
import { type ResolvedOptions, type SuperviseOptions, resolveOptions } from "./options.ts";
import { SaveQueue } from "./save-queue.ts";
import type { EventMap, SupervisedSocket } from "./supervised-socket.ts";
import type {
  Closed,
  Execution,
  GaveUp,
  Held,
  InternalError,
  Opened,
  QrShown,
  Retrying,
  Supervisor,
  SupervisorMetrics,
  WhenOpenOptions,
} from "./supervisor.ts";
import { OpenWaiters, orAborted } from "./waiters.ts";

/**
 * Keeps one Baileys connection alive: makes a socket with `factory`, watches it, and makes another when the policy
 * says so. Nothing happens before `start()`.
 *
 * There is never more than one socket: the next is made only when nothing of the last one is left and its
 * credentials are saved. A factory that fails or hangs is a failed attempt. Credentials are never deleted.
 *
 * Throws a `UsageError` when an option makes no sense.
 */
export function supervise<S extends SupervisedSocket>(
  factory: SocketFactory<S>,
  options: SuperviseOptions = {},
): Supervisor<S> {
  return new SocketSupervisor(factory, resolveOptions(options));
}

class SocketSupervisor<S extends SupervisedSocket> implements Supervisor<S> {
  readonly #factory: SocketFactory<S>;
  readonly #options: ResolvedOptions;
  readonly #facade: EventFacade;
  readonly #show: ConnectionShow;
  readonly #saves: SaveQueue | undefined;
  readonly #waiters: OpenWaiters<S>;
  readonly #queue: EngineEvent[] = [];
  readonly #landings = new Map<number, Landing>();
  readonly #counts = { connects: 0, opens: 0, holds: 0 };
  readonly #closes: Partial<Record<DisconnectCause, number>> = {};

  #state: EngineState;
  #reducing = false;
  #flight: Flight<S> | undefined;
  #timer: Disposable | undefined;
  #stableTimer: Disposable | undefined;
  #disconnect: Disconnect | undefined;
  #newLogin = false;
  #qrCodes = 0;
  #stopping: Promise<void> | undefined;

  readonly #internalError = new Emitter<InternalError>();
  readonly #opened: Emitter<Opened<S>> = this.#emitter("onOpen");
  readonly #closed: Emitter<Closed> = this.#emitter("onClose");
  readonly #retrying: Emitter<Retrying> = this.#emitter("onRetry");
  readonly #held: Emitter<Held> = this.#emitter("onHold");
  readonly #gaveUp: Emitter<GaveUp> = this.#emitter("onGiveUp");
  readonly #qrShown: Emitter<QrShown> = this.#emitter("onQR");
  readonly #stateChanged: Emitter<{ readonly from: Phase; readonly to: Phase }> =
    this.#emitter("onStateChange");

  readonly onOpen: Supervisor<S>["onOpen"] = this.#opened.event;
  readonly onClose: Supervisor<S>["onClose"] = this.#closed.event;
  readonly onRetry: Supervisor<S>["onRetry"] = this.#retrying.event;
  readonly onHold: Supervisor<S>["onHold"] = this.#held.event;
  readonly onGiveUp: Supervisor<S>["onGiveUp"] = this.#gaveUp.event;
  readonly onQR: Supervisor<S>["onQR"] = this.#qrShown.event;
  readonly onStateChange: Supervisor<S>["onStateChange"] = this.#stateChanged.event;
  readonly onInternalError: Supervisor<S>["onInternalError"] = this.#internalError.event;

  constructor(factory: SocketFactory<S>, options: ResolvedOptions) {
    this.#factory = factory;
    this.#options = options;
    this.#state = options.policy.initial;
    this.#facade = new EventFacade((error) => this.#report("A listener of ev", error));
    this.#show = new ConnectionShow(this.#facade, options.closeEvents, () => options.clock.now());
    this.#waiters = new OpenWaiters(options.clock);
    const { saveCreds: save, clock } = options;
    if (save !== undefined) {
      this.#saves = new SaveQueue({
        save,
        clock,
        retryMs: 500,
        onError: (error) => this.#report("saveCreds", error),
      });
    }
  }

  get ev(): S["ev"] {
    return this.#facade.ev;
  }

  get sock(): S | undefined {
    return this.#flight?.sock;
  }

  get state(): EngineState {
    return this.#state;
  }

  metrics(): SupervisorMetrics {
    const { opened, attempt } = this.#state;
    return {
      ...this.#counts,
      attempt,
      uptimeMs: opened === null ? 0 : this.#options.clock.monotonic() - opened.monotonicMs,
      closesByCause: { ...this.#closes },
      savePending: this.#saves?.pending ?? false,
    };
  }

  start(): void {
    const { signal } = this.#options;
    if (this.#state.phase !== "idle" || this.#stopping !== undefined) return;
    if (signal?.aborted) {
      void this.stop();
      return;
    }
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#dispatch({ type: "start" });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  resume({ force = false }: { readonly force?: boolean } = {}): void {
    this.#dispatch({ type: "resume", force });
  }

  async whenOpen(options: WhenOpenOptions = {}): Promise<S> {
    options.signal?.throwIfAborted();
    const { sock } = this;
    if (sock !== undefined && isOpen(this.#state.phase)) return sock;
    const hopeless = this.#hopeless();
    if (hopeless !== undefined) throw hopeless;
    return this.#waiters.wait(options);
  }

  async execute<T>(
    work: (execution: Execution<S>) => Promise<T> | T,
    options: WhenOpenOptions = {},
  ): Promise<T> {
    const sock = await this.whenOpen(options);
    const flight = this.#flight;
    if (flight === undefined || flight.sock !== sock) throw this.#lost();
    const signals = [flight.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const signal = AbortSignal.any(signals);
    const { generation } = flight;
    const running = Promise.resolve().then(() => work({ sock, generation, signal }));
    return orAborted(running, signal);
  }

  // ---- events in: one at a time, in order, even when a listener causes the next one

  #dispatch(event: EngineEvent): void {
    this.#queue.push(event);
    if (this.#reducing) return;
    this.#reducing = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#reduce(next);
      }
    } finally {
      this.#reducing = false;
    }
  }

  #reduce(event: EngineEvent): void {
    const { policy, clock, random } = this.#options;
    const from = this.#state.phase;
    const { state, effects } = policy.reduce(this.#state, event, {
      nowMs: clock.now(),
      monotonicMs: clock.monotonic(),
      random,
    });
    const heard = state !== this.#state;
    this.#state = state;
    const to = state.phase;
    if (event.type === "closed" && heard) this.#announceClose(event.generation);
    if (from !== to) this.#stateChanged.emit({ from, to });
    for (const effect of effects) this.#carryOut(effect);
    if (event.type === "closed" && heard) this.#showClose(event.generation);
  }

  #announceClose(generation: number): void {
    this.#stableTimer?.[Symbol.dispose]();
    const landing = this.#landings.get(generation);
    const { last } = this.#state;
    if (landing === undefined || last === null) return;
    const { disconnect, error } = landing;
    this.#disconnect = disconnect;
    this.#closes[disconnect.cause] = (this.#closes[disconnect.cause] ?? 0) + 1;
    this.#options.logger.info({ generation, disconnect }, "connection closed");
    this.#closed.emit({ generation, uptimeMs: last.uptimeMs, disconnect, error });
  }

  #showClose(generation: number): void {
    const landing = this.#landings.get(generation);
    this.#landings.delete(generation);
    if (landing !== undefined) this.#show.closed(landing.error, this.#gaveUpNow());
  }

  // ---- effects out

  #carryOut(effect: Effect): void {
    const { clock, logger } = this.#options;
    switch (effect.type) {
      case "persist":
        // Marks where the state must be on disk. Nothing keeps it yet: a new process starts afresh.
        return;
      case "connect":
        this.#counts.connects++;
        void this.#connect(effect.generation);
        return;
      case "end":
        void this.#flight?.end({ intent: "stop" });
        return;
      case "arm-timer":
        this.#timer?.[Symbol.dispose]();
        // Nothing else may keep the process alive between two sockets.
        this.#timer = clock.after(effect.delayMs, () => this.#dispatch({ type: "timer" }), {
          keepAlive: true,
        });
        return;
      case "cancel-timer":
        this.#timer?.[Symbol.dispose]();
        return;
      case "arm-stable-timer": {
        const { generation, delayMs } = effect;
        this.#stableTimer?.[Symbol.dispose]();
        this.#stableTimer = clock.after(delayMs, () =>
          this.#dispatch({ type: "stable-timer", generation }),
        );
        return;
      }
      case "retry": {
        const { attempt, delayMs, reason } = effect;
        const atMs = clock.now() + delayMs;
        logger.info({ attempt, delayMs, reason }, "connecting again");
        this.#retrying.emit({ attempt, delayMs, atMs, reason, disconnect: this.#disconnect });
        return;
      }
      case "hold":
        this.#announceHold(effect.hold);
        return;
      case "stable":
        return;
      case "stopped":
        if (this.#stopping === undefined)
          this.#announceGiveUp(this.#disconnect?.cause ?? "local-stop", null);
        void this.stop();
        return;
    }
  }

  #announceHold(hold: Hold): void {
    const { cause, needs, untilMs } = hold;
    const { credentials } = causes[cause];
    this.#counts.holds++;
    const words = sentence(cause, hold);
    this.#options.logger.warn({ cause, needs, untilMs }, words);
    this.#held.emit({
      cause,
      sentence: words,
      needs,
      untilMs,
      credentials,
      disconnect: this.#disconnect,
    });
    if (untilMs === null) this.#announceGiveUp(cause, hold);
  }

  #announceGiveUp(cause: DisconnectCause, hold: Hold | null): void {
    const { credentials } = causes[cause];
    const words = sentence(cause, hold);
    const hopeless = this.#hopeless();
    if (hopeless !== undefined) this.#waiters.fail(hopeless);
    this.#gaveUp.emit({ cause, sentence: words, credentials, disconnect: this.#disconnect });
  }

  // ---- flights

  async #connect(generation: number): Promise<void> {
    await this.#flight?.settled;
    // A stop may have come meanwhile.
    if (this.#state.generation !== generation || !isRunning(this.#state.phase)) return;
    this.#qrCodes = 0;
    this.#flight = new Flight(generation, this.#hostOf(generation));
    this.#flight.take(this.#factory);
  }

  #hostOf(generation: number): FlightHost<S> {
    const { clock, timeouts } = this.#options;
    return {
      clock,
      timeouts,
      created: (sock) => this.#facade.attach(sock.ev),
      opened: () => this.#whenOpened(generation),
      qr: (code) => this.#whenQr(generation, code),
      paired: () => {
        this.#newLogin = true;
        this.#dispatch({ type: "paired", generation });
      },
      events: (events) => this.#forward(events),
      closed: (landing) => this.#whenClosed(generation, landing),
      drain: () => this.#drain(),
      internalError: (where, error) => this.#report(where, error),
    };
  }

  #whenOpened(generation: number): void {
    this.#dispatch({ type: "opened", generation });
    const { sock } = this;
    if (sock === undefined || !isOpen(this.#state.phase)) return;
    this.#counts.opens++;
    const isNewLogin = this.#newLogin;
    this.#newLogin = false;
    this.#options.logger.info({ generation }, "connection open");
    this.#waiters.open(sock);
    this.#opened.emit({ sock, generation, isNewLogin });
  }

  #whenQr(generation: number, qr: string): void {
    const { clock } = this.#options;
    this.#dispatch({ type: "qr", generation });
    // Baileys socket.js: the first code lives 60 s and the later ones 20 s, unless `qrTimeout` says otherwise.
    const first = this.#qrCodes++ === 0;
    const livesMs = this.sock?.ws.config?.qrTimeout ?? (first ? 60_000 : 20_000);
    const window = this.#state.qrWindows + 1;
    this.#qrShown.emit({ qr, window, expiresAtMs: clock.now() + livesMs });
  }

  #whenClosed(generation: number, landing: Landing): void {
    const { sock } = this;
    if (sock !== undefined) this.#facade.detach(sock.ev);
    this.#landings.set(generation, landing);
    this.#dispatch({ type: "closed", generation, disconnect: landing.disconnect });
  }

  #forward(events: EventMap): void {
    if (events["creds.update"] !== undefined) this.#saves?.request();
    this.#show.events(events);
  }

  // ---- saving, stopping, reporting

  async #drain(): Promise<void> {
    const { drain, clock, timeouts } = this.#options;
    const saved = async (): Promise<void> => {
      await this.#saves?.idle();
      await drain?.();
    };
    try {
      const ms = timeouts.drainMs;
      await withDeadline(saved(), { what: "Saving the credentials", ms, clock });
    } catch (error) {
      this.#report("drain", error);
    }
  }

  async #stop(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#dispatch({ type: "stop" });
    this.#stableTimer?.[Symbol.dispose]();
    const hopeless = this.#hopeless();
    if (hopeless !== undefined) this.#waiters.fail(hopeless);
    await this.#flight?.settled;
    this.#saves?.close();
    this.#show.stopped();
    this.#facade.clear();
  }

  readonly #onAbort = (): void => void this.stop();

  /** Why no connection will open by itself, or nothing when one may. */
  #hopeless(): ReconnectError | undefined {
    const { phase, hold } = this.#state;
    const disconnect = this.#disconnect;
    if (phase === "stopped" || this.#stopping !== undefined) {
      return new ReconnectError("RECONNECT_STOPPED", "The supervisor has stopped", { disconnect });
    }
    if (!this.#gaveUpNow() || hold === null) return undefined;
    const words = `${sentence(hold.cause, hold)} Call resume() to go on`;
    return new ReconnectError("RECONNECT_HELD", words, { disconnect });
  }

  #lost(): ReconnectError {
    const disconnect = this.#disconnect;
    const words = "The connection was lost again before it could be used";
    return new ReconnectError("RECONNECT_DISCONNECTED", words, { disconnect, retryable: true });
  }

  #gaveUpNow(): boolean {
    const { phase, hold } = this.#state;
    return phase === "stopped" || (phase === "held" && hold?.untilMs === null);
  }

  #report(where: string, error: unknown): void {
    this.#options.logger.error({ err: error, where }, "supervisor error");
    // As with an "error" event: someone must hear it, or the process does.
    if (this.#internalError.listenerCount > 0) this.#internalError.emit({ where, error });
    else queueMicrotaskThrow(error);
  }

  #emitter<T>(name: string): Emitter<T> {
    return new Emitter<T>((error) => this.#report(`A listener of ${name}`, error));
  }
}

function isOpen(phase: Phase): boolean {
  return phase === "open" || phase === "stable";
}

function queueMicrotaskThrow(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
