import { DeadlineError } from "@motte/core/deadline";
import { classify } from "../classify/classify.ts";
import type { ClassifyContext } from "../disconnect.ts";
import { ReconnectError } from "../errors.ts";
import type { FlightHost } from "./flight-host.ts";
import { endLateSocket } from "./late-socket.ts";
import type { SocketFactory } from "./socket-factory.ts";
import type { EventMap, SupervisedSocket } from "./supervised-socket.ts";
import { type TransportWatch, watchTransport } from "./transport-watch.ts";

/**
 * One generation: from the decision to connect to the moment when nothing of its socket is left.
 *
 * `settled` is the single-flight rule: the supervisor starts the next flight only after it.
 */
export class Flight<S extends SupervisedSocket> {
  readonly generation: number;
  readonly settled: Promise<void>;
  readonly #host: FlightHost<S>;
  readonly #unwanted = new AbortController();
  #settle: () => void = nothing;
  #context: ClassifyContext = {};
  #sock: S | undefined;
  #watch: TransportWatch | undefined;
  #stopProcessing: (() => void) | undefined;
  #watchdog: Disposable | undefined;
  #cutter: Disposable | undefined;
  #openedAtMs: number | undefined;
  #ending = false;
  #landed = false;

  constructor(generation: number, host: FlightHost<S>) {
    this.generation = generation;
    this.#host = host;
    this.settled = new Promise((settle) => {
      this.#settle = settle;
    });
  }

  /** The socket, from when the factory returns it until it begins to end. */
  get sock(): S | undefined {
    return this.#landed || this.#ending || this.#cutter !== undefined ? undefined : this.#sock;
  }

  /** Aborts when the flight is over, with a `ReconnectError` as the reason. */
  get signal(): AbortSignal {
    return this.#unwanted.signal;
  }

  /**
   * Calls the factory when the host is ready for it. What comes of it is reported to the host.
   *
   * The factory is called from a microtask: Baileys emits its first "connecting" in nextTick, which comes before an
   * async factory has handed its socket over unless microtasks are being run already.
   */
  take(factory: SocketFactory<S>): void {
    void this.#create(factory);
  }

  /** Whatever ends the flight from now on is because of this. */
  expect(context: ClassifyContext): void {
    this.#context = { ...this.#context, ...context };
  }

  /** Ends the flight, whatever state it is in, and resolves when nothing of it is left. */
  async end(context: ClassifyContext, error?: Error): Promise<void> {
    if (!this.#landed) {
      if (this.#sock === undefined) this.#land(error, context);
      else await this.#endSocket(this.#sock, context, error);
    }
    return this.settled;
  }

  async #create(factory: SocketFactory<S>): Promise<void> {
    const { generation, signal } = this;
    let sock: S;
    try {
      const extras = await this.#host.prepare(this);
      if (this.#landed) return;
      const { factoryMs } = this.#host.timeouts;
      this.#watchFor(factoryMs, () => {
        const error = new DeadlineError("The socket factory", factoryMs);
        this.#land(error, { watchdog: "factory-error" });
      });
      sock = await factory({ ...extras, generation, signal });
      assertSocket(sock);
    } catch (error) {
      if (!this.#landed) this.#land(error, { watchdog: "factory-error" });
      else if (error !== signal.reason) {
        this.#host.internalError("A factory that was given up on", error);
      }
      return;
    }
    if (this.#landed) endLateSocket(sock, this.#host);
    else this.#attach(sock);
  }

  #attach(sock: S): void {
    this.#sock = sock;
    const { loginMs, connectMs } = this.#host.timeouts;
    this.#watch = watchTransport(
      sock,
      {
        upgraded: () => this.#await("The login", loginMs),
        answered: () => this.#unwatch(),
        refused: (http) => {
          const error = new Error(`The WebSocket upgrade was refused with HTTP ${http.status}`);
          void this.#endSocket(sock, { http }, error);
        },
        closed: (code) => this.expect({ wsClose: { code } }),
        unreadable: (stanza) => this.expect({ stanza }),
        ending: () => this.#limitEnding(),
      },
      () => this.#host.clock.now(),
    );
    this.#stopProcessing = sock.ev.process((events) => this.#receive(sock, events));
    this.#host.created(this, sock);
    // An async factory may hand out a socket that has already ended, and its events are gone.
    if (sock.ws.isClosed || sock.ws.isClosing) {
      void this.#endSocket(sock, {}, new Error("The factory returned a socket that had ended"));
      return;
    }
    // Baileys Defaults: 20 s when the socket does not say.
    const ownMs = sock.ws.config?.connectTimeoutMs ?? 20_000;
    this.#await("The WebSocket handshake", connectMs ?? ownMs + 10_000);
  }

  #receive(sock: S, events: EventMap): void {
    if (this.#landed) return;
    const update = events["connection.update"];
    if (update?.connection === "close") {
      this.#land(update.lastDisconnect?.error);
      return;
    }
    if (update?.qr !== undefined) {
      this.#unwatch();
      this.#host.qr(this, sock, update.qr);
    }
    if (update?.isNewLogin === true) this.#host.paired(this);
    if (update?.connection === "open" && !this.#ending && this.#openedAtMs === undefined) {
      this.#unwatch();
      this.#openedAtMs = this.#host.clock.monotonic();
      this.#host.opened(this, sock);
    }
    this.#host.events(events);
  }

  #await(what: string, ms: number): void {
    this.#watchFor(ms, () => {
      const sock = this.#sock;
      const error = new DeadlineError(what, ms);
      if (sock !== undefined) void this.#endSocket(sock, { watchdog: "connect-timeout" }, error);
    });
  }

  async #endSocket(sock: S, context: ClassifyContext, error: Error | undefined): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    this.expect(context);
    this.#unwatch();
    // Before the end: afterwards `creds.update` reaches nobody, Baileys' own listener included.
    await this.#host.drain();
    if (this.#landed) return;
    this.#limitEnding();
    try {
      await sock.end(error);
    } catch (failure) {
      this.#host.internalError("sock.end()", failure);
    }
  }

  // Baileys' end() waits for the WebSocket to close and ws gives a silent peer 30 s, so cut it after the grace.
  #limitEnding(): void {
    if (this.#cutter !== undefined || this.#landed) return;
    const { clock, timeouts } = this.#host;
    const later = (act: () => void): void => {
      this.#cutter = clock.after(timeouts.closeGraceMs, act, { keepAlive: true });
    };
    later(() => {
      this.#watch?.cut();
      later(() => {
        const stuck = new ReconnectError(
          "RECONNECT_END_STUCK",
          `Baileys did not report the close of a socket ${timeouts.closeGraceMs} ms after it was cut`,
        );
        this.#land(stuck);
      });
    });
  }

  #land(reason: unknown, context: ClassifyContext = {}): void {
    if (!this.#landed) this.#flush();
    // A listener of what was flushed may have ended it meanwhile.
    if (this.#landed) return;
    this.#landed = true;
    this.#unwatch();
    this.#cutter?.[Symbol.dispose]();
    this.#stopProcessing?.();
    this.#hearStragglers();
    // Baileys does not wait for a WebSocket that is already closing, so its connection may still be there.
    this.#watch?.cut();
    this.#watch?.[Symbol.dispose]();
    const disconnect = classify(reason, { ...this.#context, ...context, ...this.#paired() });
    this.#unwanted.abort(
      new ReconnectError("RECONNECT_DISCONNECTED", `The connection ended: ${disconnect.cause}`, {
        disconnect,
        retryable: true,
      }),
    );
    const uptimeMs =
      this.#openedAtMs === undefined ? 0 : this.#host.clock.monotonic() - this.#openedAtMs;
    this.#host.closed(this, { disconnect, uptimeMs, error: asError(reason) });
    void this.#host.drain().then(this.#settle);
  }

  // Baileys' event buffer throws away what it holds when the socket ends.
  #flush(): void {
    try {
      this.#sock?.ev.flush();
    } catch (error) {
      this.#host.internalError("sock.ev.flush()", error);
    }
  }

  /**
   * Baileys sends the receipt of a message and emits the message afterwards (messages-recv.js handleMessage). When the
   * socket ends in between, its emitter is empty by then, and the server never sends again what has its receipt.
   */
  #hearStragglers(): void {
    const ev = this.#sock?.ev;
    // In a microtask, because Baileys empties the emitter right after it has emitted the close.
    if (ev !== undefined) queueMicrotask(() => ev.process((events) => this.#straggled(events)));
  }

  #straggled(events: EventMap): void {
    const { "connection.update": _, "creds.update": __, ...late } = events;
    if (Object.keys(late).length > 0) this.#host.events(late);
  }

  // `account` is set by a completed pairing only; `creds.me` is set before one.
  #paired(): Pick<ClassifyContext, "paired"> {
    const creds = this.#sock?.authState?.creds;
    return creds === undefined ? {} : { paired: creds.account !== undefined };
  }

  #watchFor(ms: number, act: () => void): void {
    this.#unwatch();
    this.#watchdog = this.#host.clock.after(ms, act, { keepAlive: true });
  }

  #unwatch(): void {
    this.#watchdog?.[Symbol.dispose]();
    this.#watchdog = undefined;
  }
}

// Boom is an Error; only a factory can throw something else.
function asError(error: unknown): Error | undefined {
  if (error === undefined || error instanceof Error) return error;
  return new Error("Something that is not an Error was thrown", { cause: error });
}

// A factory in JavaScript may forget its `return`.
function assertSocket(sock: Partial<SupervisedSocket> | null | undefined): void {
  if (typeof sock?.end === "function" && sock.ev !== undefined && sock.ws !== undefined) return;
  throw new TypeError("The factory must return the Baileys socket, or a promise of it");
}

function nothing(): void {}
