import { withDeadline } from "@motte/core/deadline";
import type { ClassifyContext } from "../disconnect.ts";
import type { EngineEvent } from "../engine/event.ts";
import { type EngineState, type Hold, type Phase, isRunning } from "../engine/state.ts";
import type { Announcer } from "./announcer.ts";
import { ConnectionShow } from "./connection-show.ts";
import { EngineLoop, type OutwardEffect } from "./engine-loop.ts";
import type { EventFacade } from "./event-facade.ts";
import { Flight } from "./flight.ts";
import type { FlightHost, Landing } from "./flight-host.ts";
import type { ResolvedOptions } from "./options.ts";
import { hasGivenUp, isOpen } from "./outlook.ts";
import { PortSet } from "./port-set.ts";
import { portsFor } from "./ports.ts";
import { SaveQueue } from "./save-queue.ts";
import type { SocketFactory } from "./socket-factory.ts";
import type { EventMap, SupervisedSocket } from "./supervised-socket.ts";

/** What the conductor works with, and whom it tells. */
export interface ConductorParts<S extends SupervisedSocket> {
  readonly factory: SocketFactory<S>;
  readonly options: ResolvedOptions;
  readonly announce: Announcer<S>;
  readonly facade: EventFacade;
  /** Hears what Baileys emits, after the listeners of `ev`. */
  events(events: EventMap): void;
  opened(flight: Flight<S>, sock: S): void;
  /** Nothing connects again by itself. */
  gaveUp(): void;
  /** The engine has stopped without being asked to, as after a logout. */
  stopped(): void;
}

/** A hold without an end, and what led to it. */
interface GivingUp {
  readonly hold: Hold;
  readonly error: Error | undefined;
}

/** Carries out what the engine decides, and tells the engine what becomes of the sockets. */
export class Conductor<S extends SupervisedSocket> {
  readonly #parts: ConductorParts<S>;
  readonly #engine: EngineLoop;
  readonly #show: ConnectionShow;
  readonly #ports: PortSet<S>;
  readonly #saves: SaveQueue | undefined;
  readonly #host: FlightHost<S>;
  #flight: Flight<S> | undefined;
  #landing: Landing | undefined;
  #givingUp: GivingUp | undefined;
  #isAsking = false;
  #newLogin = false;
  #stopAsked = false;

  constructor(parts: ConductorParts<S>) {
    const { options, announce, facade } = parts;
    const { clock, closeEvents } = options;
    this.#parts = parts;
    this.#show = new ConnectionShow(facade, closeEvents, () => clock.now());
    this.#host = this.#hostOfFlights();
    this.#ports = this.#makePorts();
    this.#engine = new EngineLoop(options, {
      entered: (event, from) => this.#entered(event, from),
      effect: (effect) => this.#ports.each((port) => port.effect?.(effect, this.state)),
      carryOut: (effect) => this.#carryOut(effect),
      done: (event) => this.#done(event),
    });
    const save = options.saveCreds ?? this.#ports.saveCreds;
    if (save !== undefined) {
      const onError = (error: unknown): void => announce.report("saveCreds", error);
      this.#saves = new SaveQueue({ save, clock, retryMs: 500, onError });
    }
  }

  get state(): EngineState {
    return this.#engine.state;
  }

  get flight(): Flight<S> | undefined {
    return this.#flight;
  }

  /** How long the connection has been open, on the monotonic clock. Zero when it is not. */
  get uptimeMs(): number {
    const { opened } = this.state;
    return opened === null ? 0 : this.#parts.options.clock.monotonic() - opened.monotonicMs;
  }

  get savePending(): boolean {
    return this.#saves?.pending ?? false;
  }

  /** Whether somebody is being asked whose turn it is: until the answer is there, nothing is given up. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  dispatch(event: EngineEvent): void {
    this.#engine.dispatch(event);
  }

  /** Ends the present socket; the engine decides what comes next. */
  end(context: ClassifyContext, error: Error): void {
    void this.#flight?.end(context, error);
  }

  /** The end that comes now was asked for: it is no giving up. */
  stopComes(): void {
    this.#stopAsked = true;
  }

  /** Begins, with the state that a port has kept if there is one. */
  async start(): Promise<void> {
    for (const load of this.#ports.loads) {
      const kept = await load();
      if (this.#stopAsked) return;
      if (kept !== undefined) this.#engine.restore(kept);
    }
    this.dispatch({ type: "start" });
  }

  async stop(): Promise<void> {
    this.stopComes();
    this.dispatch({ type: "stop" });
    this.#parts.gaveUp();
    await this.#flight?.settled;
    await this.#ports.stop((error) => this.#parts.announce.report("stop", error));
    this.#saves?.close();
    this.#show.stopped();
  }

  // From the engine.

  #entered(event: EngineEvent, from: Phase): void {
    const { announce } = this.#parts;
    const to = this.state.phase;
    if (event.type === "ownership" || to !== "held") this.#isAsking = false;
    if (event.type === "closed" && this.#landing !== undefined) {
      const { generation } = event;
      announce.closed({ generation, ...this.#landing });
    }
    if (from !== to) announce.stateChanged({ from, to });
  }

  #carryOut(effect: OutwardEffect): void {
    const { announce, options } = this.#parts;
    switch (effect.type) {
      case "connect":
        announce.connecting(effect.generation);
        // What cannot be saved of credentials that are opened anew is not wanted, and their new owner may forbid it.
        if (effect.reloadCredentials && options.auth !== undefined) this.#saves?.abandon();
        void this.#connect(effect.generation);
        return;
      case "end":
        void this.#flight?.end({ intent: "stop" });
        return;
      case "retry": {
        const { attempt, delayMs, reason } = effect;
        const atMs = options.clock.now() + delayMs;
        announce.retrying({ attempt, delayMs, atMs, reason });
        return;
      }
      case "hold":
        announce.held(effect.hold);
        if (effect.hold.untilMs !== null) return;
        this.#givingUp = { hold: effect.hold, error: this.#landing?.error };
        return;
      case "stopped":
        if (this.#stopAsked) return;
        announce.gaveUp(announce.disconnect?.cause ?? "local-stop", null);
        this.#parts.stopped();
        return;
      case "rule-failed":
        announce.report("rule", effect.error);
        return;
      case "stable":
        announce.stable({ generation: this.state.generation, uptimeMs: this.uptimeMs });
        return;
      case "flapping":
        announce.flapping({ opens: effect.opens, windowMs: effect.windowMs });
        return;
      case "check-ownership":
        this.#isAsking = options.ownership !== undefined;
        return;
      case "refresh-version":
      // A port answers it, and the hold has an end.
    }
  }

  #done(event: EngineEvent): void {
    const landing = event.type === "closed" ? this.#landing : undefined;
    const givenUp = this.#isAsking ? undefined : this.#givenUp();
    if (givenUp !== undefined) {
      this.#parts.gaveUp();
      this.#parts.announce.gaveUp(givenUp.hold.cause, givenUp.hold);
      if (landing === undefined) this.#show.gaveUp(givenUp.error);
    }
    if (landing === undefined) return;
    this.#landing = undefined;
    this.#show.closed(landing.error, hasGivenUp(this.state) && !this.#isAsking);
  }

  /** What is to be said of a hold that nobody's answer will end any more. Once. */
  #givenUp(): GivingUp | undefined {
    const givingUp = this.#givingUp;
    this.#givingUp = undefined;
    return this.state.phase === "held" && hasGivenUp(this.state) ? givingUp : undefined;
  }

  // To and from the socket.

  async #connect(generation: number): Promise<void> {
    await this.#flight?.settled;
    // A stop may have come meanwhile.
    if (this.state.generation !== generation || !isRunning(this.state.phase)) return;
    this.#flight = new Flight(generation, this.#host);
    this.#flight.take(this.#parts.factory);
  }

  #hostOfFlights(): FlightHost<S> {
    const { options, announce, facade } = this.#parts;
    const { clock, timeouts } = options;
    return {
      clock,
      timeouts,
      prepare: ({ generation, signal }) => this.#ports.prepare({ generation, signal }),
      created: ({ generation }, sock) => {
        facade.attach(sock.ev);
        this.#ports.each((port) => port.created?.(sock, generation));
      },
      opened: (flight, sock) => this.#opened(flight, sock),
      qr: ({ generation }, sock, code) => {
        this.dispatch({ type: "qr", generation });
        this.#ports.each((port) => port.qr?.(sock, code));
      },
      paired: ({ generation }) => {
        this.#newLogin = true;
        this.dispatch({ type: "paired", generation });
      },
      events: (events) => this.#forward(events),
      closed: ({ generation }, landing) => {
        facade.detach();
        this.#landing = landing;
        this.#ports.each((port) => port.closed?.(landing, generation));
        this.dispatch({ type: "closed", generation, disconnect: landing.disconnect });
      },
      drain: () => this.#drain(),
      internalError: (where, error) => announce.report(where, error),
    };
  }

  #opened(flight: Flight<S>, sock: S): void {
    const { generation } = flight;
    this.dispatch({ type: "opened", generation });
    if (!isOpen(this.state.phase)) return;
    const isNewLogin = this.#newLogin;
    this.#newLogin = false;
    this.#parts.opened(flight, sock);
    this.#parts.announce.opened({ sock, generation, isNewLogin });
    // A listener may have ended it.
    if (flight.signal.aborted) return;
    this.#ports.each((port) => port.opened?.(sock, generation));
  }

  #forward(events: EventMap): void {
    if (events["creds.update"] !== undefined) this.#saves?.request();
    this.#show.events(events);
    this.#parts.events(events);
    this.#ports.each((port) => port.events?.(events));
  }

  async #drain(): Promise<void> {
    const { options, announce } = this.#parts;
    const { drain, clock, timeouts } = options;
    const saved = async (): Promise<void> => {
      await this.#saves?.idle();
      await this.#ports.drain();
      await drain?.();
    };
    try {
      const ms = timeouts.drainMs;
      await withDeadline(saved(), { what: "Saving the credentials", ms, clock });
    } catch (error) {
      announce.report("drain", error);
    }
  }

  #makePorts(): PortSet<S> {
    const { options, announce } = this.#parts;
    const state = (): EngineState => this.state;
    const sock = (): S | undefined => this.#flight?.sock;
    const ports = portsFor<S>({
      options,
      announce,
      get state() {
        return state();
      },
      get sock() {
        return sock();
      },
      dispatch: (event) => this.dispatch(event),
      end: (context, error) => this.end(context, error),
      deliver: (events) => this.#forward(events),
    });
    return new PortSet(ports);
  }
}
