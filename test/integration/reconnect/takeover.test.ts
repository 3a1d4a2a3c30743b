import { CleanupStack } from "@motte/core/cleanup";
import { ManualClock } from "@motte/core/manual-clock";
import type { Ownership, OwnershipVerdict } from "@motte/reconnect";
import { expect, test } from "vitest";
import { processStage } from "./process-stage.ts";
import type { SupervisedBot } from "./supervised-bot.ts";
import { linkedStage } from "./supervised-stage.ts";

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 1);

/** Two supervisors with one login, as two processes of a careless deployment are, and the logins the server saw. */
async function rivals(ask: (name: "first" | "second") => OwnershipVerdict | undefined) {
  const cleanup = new CleanupStack();
  const stage = cleanup.use(await linkedStage());
  const clock = new ManualClock(START_MS);
  const logins: number[] = [];
  stage.server.onLogin(() => logins.push(clock.now() - START_MS));
  const start = async (name: "first" | "second"): Promise<SupervisedBot> => {
    const ownership: Ownership = { check: async () => ask(name) ?? "unknown" };
    const withPort = ask(name) === undefined ? {} : { ownership };
    const bot = cleanup.use(stage.bot({ clock, ...withPort })).start();
    await bot.open();
    return bot;
  };
  const first = await start("first");
  const second = await start("second");
  await first.until("The conflict", () => first.holds.length > 0);
  /** Lets minutes pass, and what happens on the wire in each of them come to an end. */
  const pass = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes * 6; minute++) {
      await clock.advance(MINUTE_MS / 6);
      await settled(first, second);
    }
  };
  return {
    stage,
    clock,
    first,
    second,
    logins,
    pass,
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}

/** Resolves when neither is on its way in or out. */
async function settled(...bots: readonly SupervisedBot[]): Promise<void> {
  for (const bot of bots) {
    const isResting = (): boolean =>
      ["open", "stable", "held"].includes(bot.supervisor.state.phase);
    await bot.until("Rest", isResting);
  }
}

test("of two supervisors with one login and nothing to tell whose turn it is, the older one holds, and for ten minutes nobody takes anything back", async () => {
  await using all = await rivals(() => undefined);
  const { first, second, logins, pass } = all;
  await pass(10);

  expect(first.holds).toMatchObject([
    { cause: "replaced", needs: "ownership", untilMs: null, credentials: "keep" },
  ]);
  expect(first.gaveUp).toMatchObject([{ cause: "replaced" }]);
  expect(second.closes).toEqual([]);
  expect(logins).toHaveLength(2);
  first.supervisor.resume();
  await first.open();
  await second.until("The conflict", () => second.holds.length > 0);
  expect(logins).toHaveLength(3);
});

test("of two supervisors of which one has the lease, the other holds, and for ten minutes there is no ping-pong", async () => {
  await using all = await rivals((name) => (name === "second" ? "mine" : "theirs"));
  const { first, second, logins, pass } = all;
  await pass(10);

  expect(first.supervisor.state).toMatchObject({
    phase: "held",
    hold: { needs: "ownership", untilMs: null },
  });
  expect(second.closes).toEqual([]);
  expect(logins).toHaveLength(2);
});

test("two supervisors that are both told that it is their turn take over no more than twice each in ten minutes, a minute or two apart, and then wait for an operator", async () => {
  await using all = await rivals(() => "mine");
  const { first, second, logins, pass } = all;
  await pass(10);

  expect(logins).toHaveLength(2 + 4);
  // Either waits one to two minutes before it takes over.
  const gaps = logins.slice(2).map((atMs, index) => atMs - (logins[index + 1] ?? 0));
  for (const gapMs of gaps) expect(gapMs).toBeGreaterThanOrEqual(MINUTE_MS);
  const held = [first, second].filter(({ supervisor }) => supervisor.state.phase === "held");
  expect(held).toHaveLength(1);
  expect(held[0]?.holds.at(-1)).toMatchObject({
    cause: "replaced",
    needs: "operator",
    untilMs: null,
  });
  for (const { closes } of [first, second]) {
    expect(closes.every(({ disconnect }) => disconnect.credentials === "keep")).toBe(true);
  }
});

test("a takeover does not wait for a save of credentials that have become another program's, which can never succeed", async () => {
  await using stage = await linkedStage();
  const { server, auth } = stage;
  const clock = new ManualClock(START_MS);
  let opened = 0;
  const bot = stage.bot({
    clock,
    auth: () => {
      opened++;
      const isLost = opened === 1;
      const saveCreds = async (): Promise<void> => {
        if (isLost) throw new Error("This handle no longer owns the session");
        await auth.saveCreds();
      };
      return { state: auth.state, saveCreds };
    },
    ownership: { check: async () => "mine" },
  });
  bot.start();
  const sock = await bot.open();
  sock.ev.emit("creds.update", {});
  await bot.until("A failed save", () => bot.internalErrors.length > 0);
  server.fault("replaced");
  await bot.until("The hold", () => bot.holds.some(({ untilMs }) => untilMs !== null));
  const [lost = 0] = bot.holds.flatMap(({ untilMs }) => untilMs ?? []);

  // Nothing that is bounded by a time can have ended but the wait for the takeover.
  clock.jumpWall(lost - clock.now());
  bot.supervisor.resume();
  await bot.open();
  expect(opened).toBe(2);
  expect(bot.internalErrors.every(({ where }) => where === "saveCreds")).toBe(true);
});

test("a process that stalls loses its lease to a second one, holds when it is replaced, and comes back with the login as the second one left it", async () => {
  await using stage = await processStage();
  const { server, phone, contact } = stage;
  await stage.link();
  const first = stage.start({ leaseMs: 1_000 });
  await first.prints("becomes", { phase: "open" });
  await stage.stall(first);
  // Long enough that the second one cannot lose it while it only has to wait for its turn on the machine.
  const second = stage.start({ leaseMs: 60_000, stateFile: "second.json", constantly: true });
  await second.prints("becomes", { phase: "open" });
  first.signal("SIGCONT");

  await expect(first.prints("holds")).resolves.toMatchObject({
    cause: "replaced",
    needs: "ownership",
    untilMs: null,
  });
  // The sessions move on in the second one's hands.
  await contact.say(phone, "who is there?");
  await second.prints("hears", { text: "who is there?" });
  expect(first.lines.filter(({ what }) => what === "connects")).toHaveLength(1);
  second.signal("SIGTERM");
  expect(await second.ended).toBe(0);

  await contact.say(phone, "and now?");
  await first.prints("hears", { text: "and now?" });
  expect(first.lines.filter(({ what }) => what === "opens the login")).toHaveLength(2);
  expect(first.lines.filter(({ what }) => what === "connects")).toHaveLength(2);
  expect(first.lines.some(({ text }) => text === "who is there?")).toBe(false);
  expect(second.lines.filter(({ what }) => what === "connects")).toHaveLength(1);
  await expect.poll(() => server.connections.length).toBe(1);
  first.signal("SIGTERM");
  expect(await first.ended).toBe(0);
});
