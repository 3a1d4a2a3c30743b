import type { Ownership, OwnershipVerdict, ReconnectError } from "@motte/reconnect";
import { describe, expect, it } from "vitest";
import { fakeBot, replaced } from "./support/fake-bot.ts";
import { record } from "./support/next.ts";

/** An ownership with this answer, and news when the test has some. */
function ownershipOf(answer: OwnershipVerdict | (() => Promise<OwnershipVerdict>)) {
  const listeners = new Set<(verdict: OwnershipVerdict) => void>();
  const ownership: Ownership = {
    check: async () => (typeof answer === "string" ? answer : answer()),
    onChange: (listener) => {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
  const tell = (verdict: OwnershipVerdict): void => {
    for (const listener of listeners) listener(verdict);
  };
  return { ownership, tell, listeners };
}

describe("ownership", () => {
  it("that is ours takes the connection back after a minute or two", async () => {
    const bot = fakeBot({ ownership: ownershipOf("mine").ownership });
    await bot.supervisor.start();
    await bot.settle();
    await bot.open();
    await bot.drop(replaced());
    await bot.clock.advance(59_000);
    expect(bot.sockets).toHaveLength(1);

    await bot.clock.advance(61_000);
    expect(bot.sockets).toHaveLength(2);
    await bot.supervisor.stop();
  });

  it.each([
    ["theirs", async () => "theirs" as const, 0],
    ["unknown", async () => "unknown" as const, 0],
    [
      "a failure",
      async () => {
        throw new Error("the database is down");
      },
      1,
    ],
    ["nonsense", async () => "perhaps" as "unknown", 1],
  ])("that is %s leaves the connection to the other", async (_, answer, reported) => {
    const bot = fakeBot({ ownership: ownershipOf(answer).ownership });
    await bot.supervisor.start();
    await bot.settle();
    await bot.drop(replaced());
    await bot.clock.advance(86_400_000);

    expect(bot.sockets).toHaveLength(1);
    expect(bot.supervisor.state.hold?.needs).toBe("ownership");
    expect(bot.errors.map(({ where }) => where)).toEqual(
      Array.from({ length: reported }, () => "ownership"),
    );
    await bot.supervisor.stop();
  });

  it("that nobody answers for is unknown after 10 s", async () => {
    let given: AbortSignal | undefined;
    const bot = fakeBot({
      ownership: {
        check: (signal) => {
          given = signal;
          return new Promise(() => {});
        },
      },
    });
    await bot.supervisor.start();
    await bot.settle();
    await bot.drop(replaced());
    await bot.clock.advance(9_999);
    expect(bot.errors).toEqual([]);

    await bot.clock.advance(1);
    expect(bot.errors).toMatchObject([
      { where: "ownership", error: { code: "DEADLINE_EXCEEDED" } },
    ]);
    expect(given?.aborted).toBe(true);
    await bot.supervisor.stop();
  });

  it("that is lost ends the connection at once, and that comes back brings it back", async () => {
    const { ownership, tell, listeners } = ownershipOf("theirs");
    const bot = fakeBot({ ownership });
    await bot.supervisor.start();
    await bot.settle();
    await bot.open();
    tell("theirs");
    await bot.settle();
    expect(bot.sockets[0]?.alive).toBe(false);
    expect(bot.supervisor.state.last?.cause).toBe("replaced");

    await bot.clock.advance(600_000);
    expect(bot.sockets).toHaveLength(1);
    tell("mine");
    await bot.clock.advance(120_000);
    expect(bot.sockets).toHaveLength(2);
    await bot.supervisor.stop();
    expect(listeners.size).toBe(0);
  });
});

function nothing(): void {}

/** What a program hears between a connection that was taken over and the answer, and after it. */
async function takenOver(answer: OwnershipVerdict) {
  let say: () => void = nothing;
  const check = (): Promise<OwnershipVerdict> =>
    new Promise((resolve) => {
      say = () => resolve(answer);
    });
  const bot = fakeBot({ ownership: { check } });
  const gaveUp = record(bot.supervisor.onGiveUp);
  const shown: (string | undefined)[] = [];
  bot.supervisor.ev.on("connection.update", ({ connection }) => shown.push(connection));
  await bot.supervisor.start();
  await bot.settle();
  await bot.open();
  await bot.drop(replaced());
  const opens = bot.supervisor.whenOpen().then(
    () => "open",
    ({ code }: ReconnectError) => code,
  );
  await bot.settle();
  expect(gaveUp).toEqual([]);
  expect(shown).toEqual(["connecting", "open", "connecting"]);
  say();
  await bot.settle();
  return { bot, gaveUp, shown, opens };
}

describe("while somebody is asked whose turn it is", () => {
  it("nothing is given up, and whoever waits for a connection gets it when it is ours", async () => {
    const { bot, gaveUp, shown, opens } = await takenOver("mine");
    while (bot.sockets.length < 2) await bot.clock.advance(1_000);
    await bot.open();

    expect(await opens).toBe("open");
    expect(gaveUp).toEqual([]);
    expect(shown).not.toContain("close");
    await bot.supervisor.stop();
  });

  it.each(["theirs", "unknown"] as const)("the answer %s gives up", async (answer) => {
    const { bot, gaveUp, shown, opens } = await takenOver(answer);

    expect(await opens).toBe("RECONNECT_HELD");
    expect(gaveUp).toMatchObject([{ cause: "replaced" }]);
    expect(shown).toEqual(["connecting", "open", "connecting", "close"]);
    await bot.supervisor.stop();
    expect(shown).toHaveLength(4);
  });
});

it("a stop while somebody is asked whose turn it is gives nothing up", async () => {
  const bot = fakeBot({ ownership: { check: () => new Promise(() => {}) } });
  const gaveUp = record(bot.supervisor.onGiveUp);
  await bot.supervisor.start();
  await bot.settle();
  await bot.open();
  await bot.drop(replaced());
  const waited = bot.supervisor.whenOpen().catch(({ code }: ReconnectError) => code);
  await bot.supervisor.stop();

  expect(await waited).toBe("RECONNECT_STOPPED");
  expect(gaveUp).toEqual([]);
});

describe("ownership that is lost between two connections", () => {
  it("keeps the next one from being made", async () => {
    const { ownership, tell } = ownershipOf("theirs");
    const bot = fakeBot({ ownership });
    await bot.supervisor.start();
    await bot.settle();
    await bot.open();
    await bot.drop(new Error("Connection Terminated"));
    expect(bot.supervisor.state.phase).toBe("waiting");
    tell("theirs");
    await bot.clock.advance(600_000);

    expect(bot.sockets).toHaveLength(1);
    expect(bot.supervisor.state.hold).toMatchObject({ cause: "replaced", needs: "ownership" });
    await bot.supervisor.stop();
  });

  it("and comes back before the next one changes nothing", async () => {
    const { ownership, tell } = ownershipOf("theirs");
    const bot = fakeBot({ ownership });
    await bot.supervisor.start();
    await bot.settle();
    await bot.open();
    await bot.drop(new Error("Connection Terminated"));
    tell("theirs");
    tell("mine");
    await bot.clock.advance(1_000);

    expect(bot.sockets).toHaveLength(2);
    await bot.supervisor.stop();
  });

  it("does not forbid what an operator wants", async () => {
    const { ownership, tell } = ownershipOf("theirs");
    const bot = fakeBot({ ownership });
    await bot.supervisor.start();
    await bot.settle();
    await bot.open();
    tell("theirs");
    await bot.settle();
    tell("theirs");
    bot.supervisor.resume();
    await bot.settle();

    expect(bot.sockets).toHaveLength(2);
    await bot.supervisor.stop();
  });
});
