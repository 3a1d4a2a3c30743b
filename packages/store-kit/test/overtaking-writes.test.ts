import { describe, expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { type KVFault, flakyKV } from "@motte/store-kit/testing";
import { type KV, bytesCodec, lru, memoryKV, minutes, tiered, writeBehind } from "@motte/store-kit";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const bytes = (text: string): Buffer => Buffer.from(text);

/** Something that a test lets go on. */
function gate(): { readonly passed: Promise<undefined>; readonly open: () => void } {
  const resolvers: ((nothing: undefined) => void)[] = [];
  const passed = new Promise<undefined>((resolve) => resolvers.push(resolve));
  return { passed, open: () => resolvers.forEach((resolve) => resolve(undefined)) };
}

const levels = (l2: KV, clock: ManualClock): ReturnType<typeof tiered<Uint8Array>> =>
  tiered({
    l1: lru<Uint8Array>({ clock }),
    l2,
    codec: bytesCodec,
    ttl: minutes(5),
    onL2Error: "fail-open",
    onError: () => {},
    clock,
  });

describe("a tiered cache", () => {
  test("does not put right what a write that was under way has put right already", async () => {
    const clock = new ManualClock(1_000_000);
    const kv = memoryKV({ clock });
    let fault: KVFault | Promise<undefined> | undefined = "fail";
    const cache = levels(
      flakyKV(kv, ({ operation }) => (operation === "write" ? fault : undefined)),
      clock,
    );
    await cache.set("k", bytes("old"));
    expect(cache.stats().dirty).toBe(1);
    const written = gate();
    fault = written.passed;
    const set = cache.set("k", bytes("new"));
    await cache.get("other");
    fault = undefined;
    written.open();
    await set;
    await turn();
    expect(cache.stats().dirty).toBe(0);
    expect((await kv.getMany(["k"])).size).toBe(1);
  });

  test("writes what comes during a clear after it", async () => {
    const clock = new ManualClock(1_000_000);
    const kv = memoryKV({ clock });
    const cleared = gate();
    const cache = levels(
      flakyKV(kv, ({ operation }) => (operation === "clear" ? cleared.passed : undefined)),
      clock,
    );
    const clear = cache.clear();
    const set = cache.set("k", bytes("new"));
    await turn();
    expect((await kv.getMany(["k"])).size).toBe(0);
    cleared.open();
    await Promise.all([clear, set]);
    expect(cache.peek("k")).toEqual(bytes("new"));
    expect((await kv.getMany(["k"])).size).toBe(1);
  });
});

test("what was cleared while the write of it failed does not come back with the next one", async () => {
  const clock = new ManualClock(1_000_000);
  const kv = memoryKV({ clock });
  let fails = true;
  const tried = gate();
  const behind = writeBehind(
    flakyKV(kv, async () => {
      await tried.passed;
      return fails ? "fail" : undefined;
    }),
    { clock, onError: () => {} },
  );
  await behind.write([{ key: "a", value: bytes("old") }]);
  const flushed = behind.flush().catch((error: unknown) => error);
  await turn();
  await behind.clear();
  await behind.write([{ key: "b", value: bytes("new") }]);
  tried.open();
  expect(await flushed).toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });
  expect([...(await behind.getMany(["a", "b"])).keys()]).toEqual(["b"]);
  fails = false;
  await behind.flush();
  expect([...(await kv.getMany(["a", "b"])).keys()]).toEqual(["b"]);
});
