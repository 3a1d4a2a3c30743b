import { describe, expect, test } from "vitest";
import { EndOfTurn } from "../src/end-of-turn.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the end of a turn", () => {
  test("comes after every promise that could go on, and before the next turn", async () => {
    const order: string[] = [];
    const endOfTurn = new EndOfTurn();
    setImmediate(() => order.push("next turn"));
    await Promise.resolve();

    endOfTurn.run(() => order.push("work"));
    order.push("call");
    void Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => order.push("promises"));
    await nextTurn();

    expect(order).toEqual(["call", "promises", "work", "next turn"]);
  });

  test("is granted once a turn: what follows gathers what other sockets hand over", async () => {
    const order: string[] = [];
    const endOfTurn = new EndOfTurn();
    await nextTurn();

    endOfTurn.run(() => {
      order.push("first");
      endOfTurn.run(() => order.push("second"));
      process.nextTick(() => order.push("same turn"));
    });
    await nextTurn();
    await nextTurn();
    endOfTurn.run(() => order.push("third"));
    await Promise.resolve();
    await new Promise((resolve) => process.nextTick(resolve));

    expect(order).toEqual(["first", "same turn", "second", "third"]);
  });
});
