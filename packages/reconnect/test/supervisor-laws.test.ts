import { ManualClock } from "@motte/core/manual-clock";
import { seededRandom } from "@motte/core/random";
import type { BaileysEventMap } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { type Supervisor, constant, supervise } from "@motte/reconnect";
import { FakeSocket } from "./support/fake-socket.ts";

/** What the next call of the factory does. */
type Making = "socket" | "error" | "throw" | "never settles";

type Step =
  | { readonly do: "settle one" }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "upgrade" | "open" | "buffer" | "message" | "save" | "stop" | "ask" | "resume" }
  | { readonly do: "end"; readonly reason: string };

const FACTORY_MS = 5_000;

const steps = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.constant<Step>({ do: "settle one" }) },
    {
      weight: 4,
      arbitrary: fc
        .constantFrom(0, 100, 1_000, 1_000, 1_000, FACTORY_MS)
        .map((ms): Step => ({ do: "advance", ms })),
    },
    {
      weight: 10,
      arbitrary: fc
        .constantFrom(
          "upgrade",
          "open",
          "open",
          "buffer",
          "message",
          "message",
          "save",
          "ask",
          "resume",
        )
        .map((name): Step => ({ do: name as "open" })),
    },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom("dropped", "Connection was lost", "Stream Errored (restart required)")
        .map((reason): Step => ({ do: "end", reason })),
    },
  ),
  { minLength: 20, maxLength: 120, size: "max" },
);
// The end of every script stops the supervisor; this one does so somewhere in between.
const stopAt = fc.option(fc.nat({ max: 120 }), { freq: 2, nil: Infinity });
const makings = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.constant<Making>("socket") },
    { weight: 3, arbitrary: fc.constantFrom<Making>("error", "throw", "never settles") },
  ),
  {
    maxLength: 12,
  },
);

/** A supervisor whose factory, closes and saves settle in whatever order the scheduler likes. */
class World {
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
  saving = 0;
  failNextSave: boolean;
  readonly #scheduler: fc.Scheduler;
  readonly #makings: readonly Making[];
  #credsRevision = 0;
  #savedRevision = 0;
  #calls = 0;
  #closedForGood = false;

  constructor(scheduler: fc.Scheduler, plan: readonly Making[], failNextSave: boolean) {
    this.#scheduler = scheduler;
    this.#makings = plan;
    this.failNextSave = failNextSave;
    this.supervisor = supervise(({ signal }) => this.#make(signal), {
      policy: { backoff: constant(1_000) },
      clock: this.clock,
      random: seededRandom(1),
      saveCreds: () => this.#save(),
      // No save takes so long that a connect may go ahead of it.
      timeouts: { factoryMs: FACTORY_MS, closeGraceMs: 100, drainMs: 1_000_000_000 },
    });
    const { ev } = this.supervisor;
    ev.on("messages.delete", (value) => this.delivered.push(...idsOf(value)));
    ev.on("connection.update", ({ connection }) => {
      this.#closedForGood = connection === "close";
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
    const sock = this.supervisor.sock;
    switch (step.do) {
      case "settle one":
        if (this.#scheduler.count() > 0) await this.#scheduler.waitOne();
        break;
      case "advance":
        await this.clock.advance(step.ms);
        break;
      case "upgrade":
        sock?.upgrade();
        break;
      case "open":
        sock?.ev.emit("connection.update", { connection: "open" });
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
      case "end":
        void sock?.end(new Error(step.reason));
        break;
      case "ask":
        this.#ask();
        break;
      case "resume":
        this.supervisor.resume();
        break;
      case "stop":
        void this.supervisor.stop();
    }
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

  #send(sock: FakeSocket): void {
    const id = `m${this.sent.length}`;
    this.sent.push(id);
    sock.ev.emit("messages.delete", { keys: [{ id }] });
  }

  #ask(): void {
    const asked = { settled: false };
    const settle = (): void => {
      asked.settled = true;
    };
    this.asked.push(asked);
    const call =
      this.asked.length % 2 === 0 ? this.supervisor.whenOpen() : this.supervisor.execute(neverDone);
    call.then(settle, settle);
  }

  #make(signal: AbortSignal): Promise<FakeSocket> {
    if (this.live !== undefined) this.violations.push("a second socket");
    if (this.saving > 0) this.violations.push("a connect during a save");
    if (this.#savedRevision < this.#credsRevision) this.violations.push("a connect before a save");
    const making = this.#makings[this.#calls++] ?? "socket";
    if (making === "throw") throw new Error("the factory threw");
    if (making === "never settles") return new Promise(() => {});
    const settled = this.#scheduler.schedule(Promise.resolve(making), "factory");
    return settled.then(() => {
      if (making === "error") throw new Error("the factory failed");
      const sock = new FakeSocket(() => this.#scheduler.schedule(Promise.resolve(), "close"));
      if (signal.aborted) this.late.add(sock);
      this.sockets.push(sock);
      return sock;
    });
  }

  async #save(): Promise<void> {
    this.saving++;
    const revision = this.#credsRevision;
    const fails = this.failNextSave;
    this.failNextSave = false;
    try {
      await this.#scheduler.schedule(Promise.resolve(), "save");
      if (fails) throw new Error("the save failed");
      this.#savedRevision = revision;
    } finally {
      this.saving--;
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

/** Runs random scripts in random interleavings, and checks the world when all is over. */
function inEveryInterleaving(
  check: (world: World) => void | Promise<void>,
  during?: (world: World) => void,
): Promise<void> {
  return fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      makings,
      steps,
      stopAt,
      fc.boolean(),
      async (scheduler, plan, script, stopAfter, fails) => {
        const world = new World(scheduler, plan, fails);
        world.supervisor.start();
        for (const [index, step] of script.entries()) {
          if (index === stopAfter) await world.do({ do: "stop" });
          await world.do(step);
          during?.(world);
        }
        await world.finish();
        await check(world);
      },
    ),
    { numRuns: 150 },
  );
}

it("makes no socket beside another, and none while credentials are not saved", async () => {
  await inEveryInterleaving((world) => expect(world.violations).toEqual([]));
});

it("delivers every event once, before the close, over any number of sockets", async () => {
  await inEveryInterleaving((world) => {
    expect(world.delivered).toEqual(world.sent);
    expect(world.processed).toEqual(world.sent);
  });
});

it("leaves nothing when it is stopped at any moment", async () => {
  await inEveryInterleaving(({ sockets, clock, supervisor }) => {
    expect(sockets.filter(({ alive }) => alive)).toEqual([]);
    expect(sockets.map(({ ws }) => ws.leftBehind)).toEqual(sockets.map(() => 0));
    expect(clock.pendingTimers).toBe(0);
    expect(supervisor.sock).toBeUndefined();
  });
});

it("ends the socket of a factory that was given up on, and never uses it", async () => {
  await inEveryInterleaving(
    ({ late }) => {
      for (const sock of late) expect(sock.alive).toBe(false);
    },
    ({ late, supervisor }) => expect(late).not.toContain(supervisor.sock),
  );
});

it("settles every whenOpen and execute", async () => {
  await inEveryInterleaving(({ asked }) => {
    expect(asked.filter(({ settled }) => !settled)).toEqual([]);
  });
});
