import { expect, test } from "vitest";
import { Emitter } from "@motte/core/events";

test("a disposed listener hears nothing more", () => {
  const emitter = new Emitter<number>();
  const heard: number[] = [];
  const subscription = emitter.event((value) => heard.push(value));

  emitter.emit(1);
  subscription[Symbol.dispose]();
  emitter.emit(2);

  expect(heard).toEqual([1]);
  expect(emitter.listenerCount).toBe(0);
});

test("one function subscribed twice hears twice and is removed once", () => {
  const emitter = new Emitter<number>();
  const heard: number[] = [];
  const listen = (value: number): void => void heard.push(value);
  const first = emitter.event(listen);
  emitter.event(listen);

  emitter.emit(1);
  first[Symbol.dispose]();
  emitter.emit(2);

  expect(heard).toEqual([1, 1, 2]);
});

test("a listener that throws does not keep the others from hearing", () => {
  const errors: unknown[] = [];
  const emitter = new Emitter<number>((error) => errors.push(error));
  const heard: number[] = [];
  emitter.event(() => {
    throw new Error("listener");
  });
  emitter.event((value) => heard.push(value));

  emitter.emit(1);

  expect(heard).toEqual([1]);
  expect(errors).toEqual([new Error("listener")]);
});

test("without a handler, a listener's error surfaces as an uncaught exception", async () => {
  const emitter = new Emitter<number>();
  emitter.event(() => {
    throw new Error("surfaced");
  });
  const previous = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const uncaught = new Promise<unknown>((resolve) => process.once("uncaughtException", resolve));
  try {
    emitter.emit(1);
    await expect(uncaught).resolves.toEqual(new Error("surfaced"));
  } finally {
    for (const listener of previous) process.on("uncaughtException", listener);
  }
});

test("a listener added while emitting hears only the next value", () => {
  const emitter = new Emitter<number>();
  const heard: number[] = [];
  emitter.event((value) => {
    if (value === 1) emitter.event((later) => heard.push(later));
  });

  emitter.emit(1);
  emitter.emit(2);

  expect(heard).toEqual([2]);
});
