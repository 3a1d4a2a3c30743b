import { withDeadline } from "@motte/core/deadline";
import type { EngineEvent } from "../engine/event.ts";
import { type EngineState, type Phase, isRunning } from "../engine/state.ts";
import { ReconnectError, type ReconnectErrorCode } from "../errors.ts";
import { sentence } from "../sentence.ts";
import { Announcer } from "./announcer.ts";
import { ConnectionShow } from "./connection-show.ts";
import { EngineLoop, type OutwardEffect } from "./engine-loop.ts";
import { EventFacade } from "./event-facade.ts";
import { Flight, type FlightHost, type Landing, type SocketFactory } from "./flight.ts";
import { type ResolvedOptions, type SuperviseOptions, resolveOptions } from "./options.ts";
import { SaveQueue } from "./save-queue.ts";
import type { EventMap, SupervisedSocket } from "./supervised-socket.ts";
import type { Execution, Supervisor, SupervisorMetrics, WhenOpenOptions } from "./supervisor.ts";
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
  readonly #announce: Announcer<S>;
  readonly #engine: EngineLoop;
  readonly #facade: EventFacade;
  readonly #show: ConnectionShow;
  readonly #saves: SaveQueue | undefined;
  readonly #waiters: OpenWaiters<OpenFlight<S>>;
  readonly #host: FlightHost<S>;
  #flight: Flight<S> | undefined;
  #landing: Landing | undefined;
  #newLogin = false;
  #qrCodes = 0;
  #stopAsked = false;
  #stopping: Promise<void> | undefined;

  readonly onOpen: Supervisor<S>["onOpen"];
  readonly onClose: Supervisor<S>["onClose"];
  readonly onRetry: Supervisor<S>["onRetry"];
  readonly onHold: Supervisor<S>["onHold"];
  readonly onGiveUp: Supervisor<S>["onGiveUp"];
  readonly onQR: Supervisor<S>["onQR"];
  readonly onStateChange: Supervisor<S>["onStateChange"];
  readonly onInternalError: Supervisor<S>["onInternalError"];

  constructor(factory: SocketFactory<S>, options: ResolvedOptions) {
    const { clock, logger, saveCreds: save, closeEvents } = options;
    const announce = new Announcer<S>(logger);
    this.#factory = factory;
    this.#options = options;
    this.#announce = announce;
    this.#engine = new EngineLoop(options, {
      entered: (event, from) => this.#entered(event, from),
      carryOut: (effect) => this.#carryOut(effect),
      done: (event) => this.#done(event),
    });
    this.#facade = new EventFacade((error) => announce.report("A listener of ev", error));
    this.#show = new ConnectionShow(this.#facade, closeEvents, () => clock.now());
    this.#waiters = new OpenWaiters(clock);
    this.#host = this.#hostOfFlights();
    if (save !== undefined) {
      const onError = (error: unknown): void => announce.report("saveCreds", error);
      this.#saves = new SaveQueue({ save, clock, retryMs: 500, onError });
    }
    this.onOpen = announce.open.event;
    this.onClose = announce.close.event;
    this.onRetry = announce.retry.event;
    this.onHold = announce.hold.event;
    this.onGiveUp = announce.giveUp.event;
    this.onQR = announce.qr.event;
    this.onStateChange = announce.stateChange.event;
    this.onInternalError = announce.internalError;
  }

  get ev(): Supervisor["ev"] {
    return this.#facade.ev;
  }

  get sock(): S | undefined {
    return this.#flight?.sock;
  }

  get state(): EngineState {
    return this.#engine.state;
  }

  metrics(): SupervisorMetrics {
    const { opened, attempt } = this.state;
    return {
      ...this.#announce.counted,
      attempt,
      uptimeMs: opened === null ? 0 : this.#options.clock.monotonic() - opened.monotonicMs,
      savePending: this.#saves?.pending ?? false,
    };
  }

  start(): void {
    const { signal } = this.#options;
    if (this.#stopAsked || this.state.phase !== "idle") return;
    if (signal?.aborted) {
      void this.stop();
      return;
    }
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#engine.dispatch({ type: "start" });
  }

  stop(): Promise<void> {
    this.#stopAsked = true;
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  resume({ force = false }: { readonly force?: boolean } = {}): void {
    this.#engine.dispatch({ type: "resume", force });
  }

  async whenOpen(options: WhenOpenOptions = {}): Promise<S> {
    const { sock } = await this.#whenOpen(options);
    return sock;
  }

  async execute<T>(
    work: (execution: Execution<S>) => Promise<T> | T,
    options: WhenOpenOptions = {},
  ): Promise<T> {
    const { sock, flight } = await this.#whenOpen(options);
    const signals = [flight.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const signal = AbortSignal.any(signals);
    signal.throwIfAborted();
    const { generation } = flight;
    return orAborted(
      Promise.resolve().then(() => work({ sock, generation, signal })),
      signal,
    );
  }

  async #whenOpen(options: WhenOpenOptions): Promise<OpenFlight<S>> {
    options.signal?.throwIfAborted();
    const flight = this.#flight;
    const sock = flight?.sock;
    if (flight !== undefined && sock !== undefined && isOpen(this.state.phase)) {
      return { flight, sock };
    }
    const hopeless = this.#hopeless();
    if (hopeless !== undefined) throw hopeless;
    return this.#waiters.wait(options);
  }

  // From the engine.

  #entered(event: EngineEvent, from: Phase): void {
    const to = this.state.phase;
    if (event.type === "closed" && this.#landing !== undefined) {
      const { generation } = event;
      this.#announce.closed({ generation, ...this.#landing });
    }
    if (from !== to) this.#announce.stateChange.emit({ from, to });
  }

  #carryOut(effect: OutwardEffect): void {
    switch (effect.type) {
      case "connect":
        this.#announce.connecting(effect.generation);
        void this.#connect(effect.generation);
        return;
      case "end":
        void this.#flight?.end({ intent: "stop" });
        return;
      case "retry": {
        const { attempt, delayMs, reason } = effect;
        const atMs = this.#options.clock.now() + delayMs;
        this.#announce.retrying({ attempt, delayMs, atMs, reason });
        return;
      }
      case "hold":
        this.#announce.held(effect.hold);
        if (effect.hold.untilMs !== null) return;
        this.#failWaiters();
        this.#announce.gaveUp(effect.hold.cause, effect.hold);
        return;
      case "stopped":
        // A logout ends the supervisor without anyone calling stop().
        if (this.#stopAsked) return;
        this.#announce.gaveUp(this.#announce.disconnect?.cause ?? "local-stop", null);
        void this.stop();
        return;
      case "rule-failed":
        this.#announce.report("rule", effect.error);
        return;
      case "stable":
    }
  }

  #done(event: EngineEvent): void {
    if (event.type !== "closed" || this.#landing === undefined) return;
    const { error } = this.#landing;
    this.#landing = undefined;
    this.#show.closed(error, this.#hasGivenUp());
  }

  // To and from the socket.

  async #connect(generation: number): Promise<void> {
    // Waits even when there is nothing to wait for, which a flight asks of its caller.
    await this.#flight?.settled;
    // A stop may have come meanwhile.
    if (this.state.generation !== generation || !isRunning(this.state.phase)) return;
    this.#qrCodes = 0;
    this.#flight = new Flight(generation, this.#host);
    this.#flight.take(this.#factory);
  }

  #hostOfFlights(): FlightHost<S> {
    const { clock, timeouts } = this.#options;
    return {
      clock,
      timeouts,
      created: (sock) => this.#facade.attach(sock.ev),
      opened: (flight, sock) => this.#opened(flight, sock),
      qr: ({ generation }, sock, code) => this.#qr(generation, sock, code),
      paired: ({ generation }) => {
        this.#newLogin = true;
        this.#engine.dispatch({ type: "paired", generation });
      },
      events: (events) => this.#forward(events),
      closed: ({ generation }, landing) => {
        this.#facade.detach();
        this.#landing = landing;
        this.#engine.dispatch({ type: "closed", generation, disconnect: landing.disconnect });
      },
      drain: () => this.#drain(),
      internalError: (where, error) => this.#announce.report(where, error),
    };
  }

  #opened(flight: Flight<S>, sock: S): void {
    const { generation } = flight;
    this.#engine.dispatch({ type: "opened", generation });
    if (!isOpen(this.state.phase)) return;
    const isNewLogin = this.#newLogin;
    this.#newLogin = false;
    this.#waiters.open({ flight, sock });
    this.#announce.opened({ sock, generation, isNewLogin });
  }

  #qr(generation: number, sock: S, qr: string): void {
    this.#engine.dispatch({ type: "qr", generation });
    // Baileys socket.js: the first code lives 60 s and the later ones 20 s, unless `qrTimeout` says otherwise.
    const first = this.#qrCodes++ === 0;
    const livesMs = sock.ws.config?.qrTimeout ?? (first ? 60_000 : 20_000);
    const expiresAtMs = this.#options.clock.now() + livesMs;
    this.#announce.qr.emit({ qr, window: this.state.qrWindows + 1, expiresAtMs });
  }

  #forward(events: EventMap): void {
    if (events["creds.update"] !== undefined) this.#saves?.request();
    this.#show.events(events);
  }

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
      this.#announce.report("drain", error);
    }
  }

  readonly #onAbort = (): void => void this.stop();

  async #stop(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#engine.dispatch({ type: "stop" });
    this.#failWaiters();
    await this.#flight?.settled;
    this.#saves?.close();
    this.#show.stopped();
    this.#facade.clear();
  }

  // What will not happen by itself.

  #hasGivenUp(): boolean {
    const { phase, hold } = this.state;
    return phase === "stopped" || (phase === "held" && hold?.untilMs === null);
  }

  #hopeless(): ReconnectError | undefined {
    const { phase, hold } = this.state;
    if (phase === "stopped") return this.#error("RECONNECT_STOPPED", "The supervisor has stopped");
    if (hold === null || !this.#hasGivenUp()) return undefined;
    return this.#error("RECONNECT_HELD", `${sentence(hold.cause, hold)} Call resume() to go on`);
  }

  #failWaiters(): void {
    const hopeless = this.#hopeless();
    if (hopeless !== undefined) this.#waiters.fail(hopeless);
  }

  #error(code: ReconnectErrorCode, words: string): ReconnectError {
    return new ReconnectError(code, words, { disconnect: this.#announce.disconnect });
  }
}

/** A flight with a socket that is open. */
interface OpenFlight<S extends SupervisedSocket> {
  readonly flight: Flight<S>;
  readonly sock: S;
}

function isOpen(phase: Phase): boolean {
  return phase === "open" || phase === "stable";
}
