import type { EngineState } from "../engine/state.ts";
import { Announcer } from "./announcer.ts";
import { Conductor } from "./conductor.ts";
import { EventFacade } from "./event-facade.ts";
import type { Flight } from "./flight.ts";
import type { ResolvedOptions } from "./options.ts";
import { hopeless, isOpen } from "./outlook.ts";
import type { SocketFactory } from "./socket-factory.ts";
import type { SupervisedSocket } from "./supervised-socket.ts";
import type { Execution, Supervisor, SupervisorMetrics, WhenOpenOptions } from "./supervisor.ts";
import { OpenWaiters, orAborted } from "./waiters.ts";

/** What `supervise` hands out. */
export class SocketSupervisor<S extends SupervisedSocket> implements Supervisor<S> {
  readonly #options: ResolvedOptions;
  readonly #announce: Announcer<S>;
  readonly #facade: EventFacade;
  readonly #conductor: Conductor<S>;
  readonly #waiters: OpenWaiters<OpenFlight<S>>;
  #starting: Promise<void> | undefined;
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
    const announce = new Announcer<S>(options.logger);
    this.#options = options;
    this.#announce = announce;
    this.#facade = new EventFacade((error) => announce.report("A listener of ev", error));
    this.#waiters = new OpenWaiters(options.clock);
    this.#conductor = new Conductor<S>({
      factory,
      options,
      announce,
      facade: this.#facade,
      opened: (flight, sock) => this.#waiters.open({ flight, sock }),
      gaveUp: () => this.#failWaiters(),
      stopped: () => void this.stop(),
    });
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
    return this.#conductor.flight?.sock;
  }

  get state(): EngineState {
    return this.#conductor.state;
  }

  metrics(): SupervisorMetrics {
    const { opened, attempt } = this.state;
    return {
      ...this.#announce.counted,
      attempt,
      uptimeMs: opened === null ? 0 : this.#options.clock.monotonic() - opened.monotonicMs,
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

  resume({ force = false }: { readonly force?: boolean } = {}): void {
    this.#conductor.dispatch({ type: "resume", force });
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
  }

  readonly #onAbort = (): void => void this.stop();

  async #whenOpen(options: WhenOpenOptions): Promise<OpenFlight<S>> {
    options.signal?.throwIfAborted();
    const { flight, state } = this.#conductor;
    const sock = flight?.sock;
    if (flight !== undefined && sock !== undefined && isOpen(state.phase)) return { flight, sock };
    const error = hopeless(state, this.#announce.disconnect);
    if (error !== undefined) throw error;
    return this.#waiters.wait(options);
  }

  #failWaiters(): void {
    const error = hopeless(this.state, this.#announce.disconnect);
    if (error !== undefined) this.#waiters.fail(error);
  }
}

/** A flight with a socket that is open. */
interface OpenFlight<S extends SupervisedSocket> {
  readonly flight: Flight<S>;
  readonly sock: S;
}
