import { withDeadline } from "@motte/core/deadline";
import { Emitter } from "@motte/core/events";
import { redactNumbers } from "@motte/core/redact";
import { classify } from "../classify/classify.ts";
import type { EngineState } from "../engine/state.ts";
import { ReconnectError } from "../errors.ts";
import { Announcer } from "./announcer.ts";
import { Conductor } from "./conductor.ts";
import { publish } from "./diagnostics.ts";
import { EventFacade } from "./event-facade.ts";
import { type EventsOptions, type StreamedEvent, eventStream } from "./event-stream.ts";
import type { Flight } from "./flight.ts";
import type { Health } from "./health.ts";
import { HealthWatch } from "./health-watch.ts";
import { askToUnlink } from "./logout.ts";
import type { ResolvedOptions } from "./options.ts";
import { hopeless, isOpen } from "./outlook.ts";
import type { SocketFactory } from "./socket-factory.ts";
import type { SupervisedSocket } from "./supervised-socket.ts";
import type {
  Execution,
  LoggedOut,
  Supervisor,
  SupervisorMetrics,
  WhenOpenOptions,
} from "./supervisor.ts";
import { Waiters, assertWaiting, orAborted } from "./waiters.ts";

/** What `supervise` hands out. */
export class SocketSupervisor<S extends SupervisedSocket> implements Supervisor<S> {
  readonly #options: ResolvedOptions;
  readonly #announce: Announcer<S>;
  readonly #facade: EventFacade;
  readonly #conductor: Conductor<S>;
  readonly #health: HealthWatch<S>;
  readonly #openWaiters: Waiters<OpenFlight<S>>;
  readonly #readyWaiters: Waiters<S>;
  readonly #ended = new Emitter<undefined>();
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #leaving: Promise<LoggedOut> | undefined;
  #hasEnded = false;

  readonly onOpen: Supervisor<S>["onOpen"];
  readonly onReady: Supervisor<S>["onReady"];
  readonly onStable: Supervisor<S>["onStable"];
  readonly onFlapping: Supervisor<S>["onFlapping"];
  readonly onClose: Supervisor<S>["onClose"];
  readonly onRetry: Supervisor<S>["onRetry"];
  readonly onHold: Supervisor<S>["onHold"];
  readonly onGiveUp: Supervisor<S>["onGiveUp"];
  readonly onQR: Supervisor<S>["onQR"];
  readonly onPairingCode: Supervisor<S>["onPairingCode"];
  readonly onStateChange: Supervisor<S>["onStateChange"];
  readonly onInternalError: Supervisor<S>["onInternalError"];

  constructor(factory: SocketFactory<S>, options: ResolvedOptions) {
    const { logger, clock } = options;
    const announce = new Announcer<S>(logger);
    this.#options = options;
    this.#announce = announce;
    this.#facade = new EventFacade((error) => announce.report("A listener of ev", error));
    this.#health = new HealthWatch(clock, announce);
    this.#openWaiters = new Waiters(clock, "Opening the connection");
    this.#readyWaiters = new Waiters(clock, "Catching up");
    this.#conductor = new Conductor<S>({
      factory,
      options,
      announce,
      facade: this.#facade,
      events: (events) => this.#health.events(events),
      opened: (flight, sock) => this.#openWaiters.settle({ flight, sock }),
      gaveUp: () => this.#failWaiters(),
      stopped: () => void this.stop(),
    });
    announce.onReady(({ sock }) => this.#readyWaiters.settle(sock));
    announce.tap((event) => publish(this, event));
    this.onOpen = announce.onOpen;
    this.onReady = announce.onReady;
    this.onStable = announce.onStable;
    this.onFlapping = announce.onFlapping;
    this.onClose = announce.onClose;
    this.onRetry = announce.onRetry;
    this.onHold = announce.onHold;
    this.onGiveUp = announce.onGiveUp;
    this.onQR = announce.onQR;
    this.onPairingCode = announce.onPairingCode;
    this.onStateChange = announce.onStateChange;
    this.onInternalError = announce.onInternalError;
  }

  get ev(): Supervisor["ev"] {
    return this.#facade.ev;
  }

  get sock(): S | undefined {
    return this.#conductor.flight?.sock;
  }

  get state(): EngineState {
    return this.#conductor.state;
  }

  health(): Health {
    return this.#health.health(this.state, this.#conductor.savePending);
  }

  metrics(): SupervisorMetrics {
    return {
      ...this.#announce.counters.counted,
      attempt: this.state.attempt,
      uptimeMs: this.#conductor.uptimeMs,
      savePending: this.#conductor.savePending,
    };
  }

  start(): Promise<void> {
    if (this.#stopping !== undefined) return Promise.resolve();
    this.#starting ??= this.#start();
    return this.#starting;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  logout(): Promise<LoggedOut> {
    this.#leaving ??= this.#logout();
    return this.#leaving;
  }

  resume({ force = false }: { readonly force?: boolean } = {}): void {
    this.#conductor.dispatch({ type: "resume", force });
  }

  recycle(reason = "recycle() was called"): void {
    const words = `The connection is made anew: ${redactNumbers(reason)}`;
    this.#conductor.end({ intent: "recycle" }, new ReconnectError("RECONNECT_RECYCLED", words));
  }

  async whenOpen(options: WhenOpenOptions = {}): Promise<S> {
    assertWaiting("whenOpen", options);
    const { sock } = await this.#whenOpen(options);
    return sock;
  }

  async whenReady(options: WhenOpenOptions = {}): Promise<S> {
    assertWaiting("whenReady", options);
    options.signal?.throwIfAborted();
    const { sock } = this;
    if (sock !== undefined && this.#health.ready) return sock;
    this.#throwIfHopeless();
    return this.#readyWaiters.wait(options);
  }

  async execute<T>(
    work: (execution: Execution<S>) => Promise<T> | T,
    options: WhenOpenOptions = {},
  ): Promise<T> {
    assertWaiting("execute", options);
    const { sock, flight } = await this.#whenOpen(options);
    // A joint signal leaves a few bytes at the flight's, which may live for weeks.
    const signal =
      options.signal === undefined
        ? flight.signal
        : AbortSignal.any([flight.signal, options.signal]);
    signal.throwIfAborted();
    const { generation } = flight;
    return orAborted(
      Promise.resolve().then(() => work({ sock, generation, signal })),
      signal,
    );
  }

  events(options?: EventsOptions): AsyncIterableIterator<StreamedEvent<S>> {
    const source = {
      ended: this.#hasEnded,
      tap: this.#announce.tap.bind(this.#announce),
      onEnd: this.#ended.event,
    };
    return eventStream(source, options);
  }

  async #start(): Promise<void> {
    const { signal } = this.#options;
    if (signal?.aborted) return this.stop();
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    try {
      await this.#conductor.start();
    } catch (error) {
      // Nothing has begun, so it can be tried again when what was wrong is put right.
      this.#starting = undefined;
      throw error;
    }
  }

  async #stop(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    await this.#conductor.stop();
    this.#facade.clear();
    this.#hasEnded = true;
    this.#ended.emit(undefined);
  }

  async #logout(): Promise<LoggedOut> {
    const { clock, timeouts } = this.#options;
    const untilMs = clock.monotonic() + timeouts.logoutMs;
    let unlinked = false;
    // A server that has unlinked a device closes its connection, perhaps before it answers.
    const heard = this.onClose(({ error }) => {
      unlinked ||= classify(error, { paired: true }).credentials === "revoked";
    });
    let outcome: LoggedOut;
    try {
      const { flight, sock } = await this.#whenOpen({ timeoutMs: timeouts.logoutMs });
      this.#conductor.stopComes();
      flight.expect({ intent: "logout" });
      const remainingMs = Math.max(1, untilMs - clock.monotonic());
      const answer = askToUnlink(sock, remainingMs);
      const bounded = withDeadline(answer, { what: "The logout", ms: remainingMs, clock });
      outcome = { acknowledged: await orAborted(bounded, flight.signal) };
      await flight.end({ intent: "logout" });
    } catch (error) {
      outcome = { acknowledged: false, error };
    }
    await this.stop();
    heard[Symbol.dispose]();
    return unlinked ? { acknowledged: true } : outcome;
  }

  readonly #onAbort = (): void => void this.stop();

  async #whenOpen(options: WhenOpenOptions): Promise<OpenFlight<S>> {
    options.signal?.throwIfAborted();
    const { flight, state } = this.#conductor;
    const sock = flight?.sock;
    if (flight !== undefined && sock !== undefined && isOpen(state.phase)) return { flight, sock };
    this.#throwIfHopeless();
    return this.#openWaiters.wait(options);
  }

  #throwIfHopeless(): void {
    if (this.#conductor.isAsking) return;
    const error = hopeless(this.state, this.#announce.disconnect);
    if (error !== undefined) throw error;
  }

  #failWaiters(): void {
    const error = hopeless(this.state, this.#announce.disconnect);
    if (error === undefined) return;
    this.#openWaiters.fail(error);
    this.#readyWaiters.fail(error);
  }
}

/** A flight with a socket that is open. */
interface OpenFlight<S extends SupervisedSocket> {
  readonly flight: Flight<S>;
  readonly sock: S;
}
