import { ManualClock } from "@motte/core/manual-clock";
import { seededRandom } from "@motte/core/random";
import type { BaileysEventMap } from "@whiskeysockets/baileys";
import type * as fc from "fast-check";
import type { Supervisor } from "@motte/reconnect";
import { FakeSocket } from "../../support/fake-socket.ts";
import type { Subject } from "../law.ts";
import { FACTORY_MS, type Making, type Step, type Story } from "./script.ts";

/** A supervisor whose factory, closes, saves and answers settle in whatever order the scheduler likes. */
export class World {
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly supervisor: Supervisor<FakeSocket>;
  readonly sockets: FakeSocket[] = [];
  /** Sockets whose factory had been given up on. */
  readonly late = new Set<FakeSocket>();
  readonly sent: string[] = [];
  readonly delivered: string[] = [];
  readonly processed: string[] = [];
  readonly violations: string[] = [];
  readonly asked: { settled: boolean }[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #makings: readonly Making[];
  #failNextSave: boolean;
  #saving = 0;
  readonly #writes = new Set<Promise<void>>();
  #credsRevision = 0;
  #savedRevision = 0;
  #calls = 0;
  #closedForGood = false;

  constructor({ supervise, constant }: Subject, scheduler: fc.Scheduler, story: Story) {
    this.#scheduler = scheduler;
    this.#makings = story.makings;
    this.#failNextSave = story.saveFails;
    this.supervisor = supervise(({ signal }) => this.#make(signal), {
      policy: { backoff: constant(1_000) },
      clock: this.clock,
      random: seededRandom(1),
      saveCreds: () => this.#save(),
      drain: () => this.#written(),
      // No save takes so long that a connect may go ahead of it.
      timeouts: { factoryMs: FACTORY_MS, closeGraceMs: 100, drainMs: 1_000_000_000 },
    });
    const { ev } = this.supervisor;
    ev.on("messages.delete", (value) => this.delivered.push(...idsOf(value)));
    ev.on("connection.update", ({ connection }) => {
      if (connection !== undefined) this.#closedForGood = connection === "close";
    });
    ev.process((events) => {
      const value = events["messages.delete"];
      if (value === undefined) return;
      if (this.#closedForGood) this.violations.push("an event after the close");
      this.processed.push(...idsOf(value));
    });
    this.supervisor.onInternalError(() => {});
  }

  get live(): FakeSocket | undefined {
    return this.sockets.find((sock) => sock.alive && !this.late.has(sock));
  }

  async do(step: Step): Promise<void> {
    await this.#act(step);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Stops, lets everything that is under way come to its end, and waits for it. */
  async finish(): Promise<void> {
    const outcome = { stopped: false };
    const stopping = this.supervisor.stop().finally(() => {
      outcome.stopped = true;
    });
    for (let i = 0; i < 100; i++) {
      await this.do({ do: "settle one" });
      await this.clock.advance(1_000);
      if (outcome.stopped && this.#scheduler.count() === 0) return stopping;
    }
    this.violations.push("stop() never resolved");
  }

  async #act(step: Step): Promise<void> {
    const { sock } = this.supervisor;
    switch (step.do) {
      case "settle one":
        if (this.#scheduler.count() > 0) await this.#scheduler.waitOne();
        break;
      case "advance":
        await this.clock.advance(step.ms);
        break;
      case "sleep":
        this.clock.jumpWall(60_000);
        break;
      case "upgrade":
        sock?.upgrade();
        break;
      case "open":
        sock?.ev.emit("connection.update", { connection: "open" });
        break;
      case "caught up":
        sock?.ev.emit("connection.update", { receivedPendingNotifications: true });
        break;
      case "qr":
        sock?.ev.emit("connection.update", { qr: "a code" });
        break;
      case "frame":
        sock?.ws.emit("frame", { tag: "ib", attrs: {} });
        break;
      case "buffer":
        sock?.ev.buffer();
        break;
      case "message":
        if (sock !== undefined) this.#send(sock);
        break;
      case "save":
        if (sock === undefined) break;
        this.#credsRevision++;
        sock.ev.emit("creds.update", {});
        break;
      case "write":
        if (sock !== undefined) this.#write();
        break;
      case "end":
        void sock?.end(new Error(step.reason));
        break;
      case "ask":
        this.#ask();
        break;
      case "recycle":
        this.supervisor.recycle();
        break;
      case "resume":
        this.supervisor.resume();
        break;
      case "logout":
        this.#wait(this.supervisor.logout());
        break;
      case "stop":
        void this.supervisor.stop();
    }
  }

  #send(sock: FakeSocket): void {
    const id = `m${this.sent.length}`;
    this.sent.push(id);
    sock.ev.emit("messages.delete", { keys: [{ id }] });
  }

  #ask(): void {
    const { supervisor } = this;
    const ways = [
      () => supervisor.whenOpen(),
      () => supervisor.execute(neverDone),
      () => supervisor.whenReady(),
      () => supervisor.whenReady({ timeoutMs: 3_000 }),
    ];
    const way = ways[this.asked.length % ways.length];
    if (way !== undefined) this.#wait(way());
  }

  #wait(call: Promise<unknown>): void {
    const asked = { settled: false };
    const settle = (): void => {
      asked.settled = true;
    };
    this.asked.push(asked);
    call.then(settle, settle);
  }

  #make(signal: AbortSignal): Promise<FakeSocket> {
    if (this.live !== undefined) this.violations.push("a second socket");
    if (this.#writes.size > 0) this.violations.push("a connect during a write of keys");
    if (this.#saving > 0) this.violations.push("a connect during a save");
    if (this.#savedRevision < this.#credsRevision) this.violations.push("a connect before a save");
    const making = this.#makings[this.#calls++] ?? "socket";
    if (making === "throw") throw new Error("the factory threw");
    if (making === "never settles") return new Promise(() => {});
    const settled = this.#scheduler.schedule(Promise.resolve(making), "factory");
    return settled.then(() => {
      if (making === "error") throw new Error("the factory failed");
      const sock = new FakeSocket(() => this.#scheduler.schedule(Promise.resolve(), "close"));
      sock.authState.creds = { account: {}, me: { id: "1@s.whatsapp.net" } };
      sock.answer = () => this.#scheduler.schedule(Promise.resolve({ attrs: {} }), "answer");
      if (signal.aborted) this.late.add(sock);
      this.sockets.push(sock);
      return sock;
    });
  }

  #write(): void {
    const write = this.#scheduler.schedule(Promise.resolve(), "write");
    this.#writes.add(write);
    void write.then(() => this.#writes.delete(write));
  }

  async #written(): Promise<void> {
    await Promise.all(this.#writes);
  }

  async #save(): Promise<void> {
    this.#saving++;
    const revision = this.#credsRevision;
    const fails = this.#failNextSave;
    this.#failNextSave = false;
    try {
      await this.#scheduler.schedule(Promise.resolve(), "save");
      if (fails) throw new Error("the save failed");
      this.#savedRevision = revision;
    } finally {
      this.#saving--;
    }
  }
}

function neverDone(): Promise<never> {
  return new Promise(() => {});
}

type Deletion = BaileysEventMap["messages.delete"];

function idsOf(deletion: Deletion): string[] {
  return "keys" in deletion ? deletion.keys.map(({ id }) => id ?? "") : [];
}
