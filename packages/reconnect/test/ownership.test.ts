import type { Ownership, OwnershipVerdict } from "@motte/reconnect";
import { describe, expect, it } from "vitest";
import { fakeBot, replaced } from "./support/fake-bot.ts";

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
