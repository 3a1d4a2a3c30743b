import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { type KVCall, type KVFault, flakyKV, kvSuite } from "@motte/store-kit/testing";
import {
  type DurabilityRisk,
  type KV,
  type WriteBehind,
  type WriteBehindOptions,
  instrument,
  memoryKV,
  milliseconds,
  seconds,
  writeBehind,
} from "@motte/store-kit";
import { runner } from "../support/runner.ts";

describe("the KV that writes behind", () => {
  kvSuite(runner, {
    createPlace: async () => ({
      open: async (clock) => writeBehind(memoryKV({ clock }), { clock }),
      [Symbol.asyncDispose]: async () => {},
    }),
  });
});

describe("the KV that is watched", () => {
  kvSuite(runner, {
    createPlace: async () => ({
      open: async (clock) => instrument(memoryKV({ clock }), () => {}, { clock }),
      [Symbol.asyncDispose]: async () => {},
    }),
  });
});

interface Behind {
  readonly clock: ManualClock;
  readonly inner: KV;
  readonly behind: WriteBehind;
  readonly calls: KVCall[];
  readonly errors: Error[];
  fault: KVFault | undefined;
}

function behindOf(options: WriteBehindOptions = {}): Behind {
  const clock = new ManualClock(1_000_000);
  const inner = memoryKV({ clock });
  const state: Omit<Behind, "behind"> = { clock, inner, calls: [], errors: [], fault: undefined };
  const kv = flakyKV(inner, (call) => {
    state.calls.push(call);
    return state.fault;
  });
  const behind = writeBehind(kv, {
    clock,
    onError: (error) => state.errors.push(error),
    ...options,
  });
  return Object.assign(state, { behind });
}

const set = (kv: KV, texts: Record<string, string>): Promise<void> =>
  kv.write(Object.entries(texts).map(([key, value]) => ({ key, value: Buffer.from(value) })));
const read = async (kv: KV, key: string): Promise<string | undefined> => {
  const entry = (await kv.getMany([key])).get(key);
  return entry && Buffer.from(entry.value).toString();
};

test("writes are acknowledged at once, seen at once, and made together in half the time allowed", async () => {
  const { clock, inner, behind, calls } = behindOf({ maxDelay: seconds(1) });
  await set(behind, { a: "1", b: "1" });
  await set(behind, { a: "2" });

  expect([await read(behind, "a"), await read(inner, "a")]).toEqual(["2", undefined]);
  expect(behind.pending()).toEqual({ entries: 2, bytes: 4, oldestMs: 0 });
  await clock.advance(500);

  expect([await read(inner, "a"), await read(inner, "b")]).toEqual(["2", "1"]);
  expect(calls.filter(({ operation }) => operation === "write")).toEqual([
    { operation: "write", keys: ["a", "b"] },
  ]);
  expect(behind.pending()).toEqual({ entries: 0, bytes: 0, oldestMs: 0 });
  expect(clock.pendingTimers).toBe(0);
});

test("a KV that is down is tried again, ever more rarely, and in the end has all of it", async () => {
  const state = behindOf({
    maxDelay: seconds(1),
    retryAfter: milliseconds(100),
    maxRetryAfter: milliseconds(400),
  });
  const { clock, inner, behind, calls, errors } = state;
  state.fault = "fail";
  await set(behind, { a: "1" });
  await clock.advance(500);
  await set(behind, { a: "2", b: "2" });
  await clock.advance(100 + 200 + 400 + 400);
  expect(calls).toHaveLength(5);
  expect(errors).toHaveLength(5);
  expect(await read(behind, "a")).toBe("2");

  state.fault = undefined;
  await clock.advance(400);
  expect([await read(inner, "a"), await read(inner, "b")]).toEqual(["2", "2"]);
  expect(clock.pendingTimers).toBe(0);
});

test("while a flush is under way its writes are seen, and when it fails what was written since is not undone", async () => {
  const clock = new ManualClock(1_000_000);
  const inner = memoryKV({ clock });
  let end: ((fault: KVFault | undefined) => void) | undefined;
  const kv = flakyKV(inner, ({ operation }) =>
    operation === "getMany" ? undefined : new Promise((resolve) => (end = resolve)),
  );
  const behind = writeBehind(kv, { clock, onError: () => {} });
  await set(behind, { a: "1", b: "1", c: "1" });
  await clock.advance(500);
  await set(behind, { a: "2" });
  await behind.write([{ key: "b", value: undefined }]);

  const seen = [await read(behind, "a"), await read(behind, "b"), await read(behind, "c")];
  expect(seen).toEqual(["2", undefined, "1"]);
  end?.("fail");
  await clock.advance(100);
  end?.(undefined);
  await clock.advance(0);

  const inside = [await read(inner, "a"), await read(inner, "b"), await read(inner, "c")];
  expect(inside).toEqual(["2", undefined, "1"]);
});

test("writes older than they may be are told of, again and again until they are made", async () => {
  const risks: DurabilityRisk[] = [];
  const state = behindOf({ maxDelay: seconds(1), onDurabilityRisk: (risk) => risks.push(risk) });
  state.fault = "hang";
  await set(state.behind, { a: "1" });
  await state.clock.advance(999);
  expect(risks).toEqual([]);
  await set(state.behind, { b: "1" });

  await state.clock.advance(1_001);

  expect(risks).toEqual([
    { oldestMs: 1000, pending: 2 },
    { oldestMs: 2000, pending: 2 },
  ]);
});

test("a write that finds no room waits for a flush, and those behind it wait their turn", async () => {
  const { inner, behind } = behindOf({ maxEntries: 2 });
  await set(behind, { a: "1", b: "1" });

  const [third, fourth] = [set(behind, { c: "3" }), set(behind, { c: "4" })];
  await third;
  expect(await read(inner, "a")).toBe("1");
  await fourth;

  expect(await read(behind, "c")).toBe("4");
});

test("a write that finds no room and a KV that is down rejects, and takes nothing with it", async () => {
  const state = behindOf({ maxBytes: 10 });
  state.fault = "fail";
  await set(state.behind, { a: "0123456789" });

  await expect(set(state.behind, { b: "1" })).rejects.toMatchObject({
    code: "STORE_KIT_UNAVAILABLE",
  });
  state.fault = undefined;
  await state.behind.flush();

  expect([await read(state.inner, "a"), await read(state.inner, "b")]).toEqual([
    "0123456789",
    undefined,
  ]);
});

test("it may also reject at once when there is no room", async () => {
  const { behind } = behindOf({ maxEntries: 1, overflow: "reject" });
  await set(behind, { a: "1" });

  await expect(set(behind, { b: "1" })).rejects.toMatchObject({ code: "STORE_KIT_BUFFER_FULL" });
  await behind.flush();
  await set(behind, { b: "2" });

  expect(await read(behind, "b")).toBe("2");
});

test("a clear is a write as well: it hides what is older at once and deletes it before what came after", async () => {
  const { inner, behind } = behindOf();
  await set(inner, { old: "1", both: "1" });
  await set(behind, { waiting: "1" });

  await behind.clear();
  await set(behind, { both: "2" });
  const seen = await behind.getMany(["old", "both", "waiting"]);
  expect([...seen.keys()]).toEqual(["both"]);
  await behind.flush();

  expect(await read(inner, "old")).toBeUndefined();
  expect(await read(inner, "both")).toBe("2");
  expect(await read(inner, "waiting")).toBeUndefined();
});

test("closing writes what waits, in every namespace", async () => {
  const clock = new ManualClock(1000);
  const inner = memoryKV({ clock });
  const kept: KV = { ...inner, close: async () => {} };
  const behind = writeBehind(kept, { clock });
  await set(behind, { a: "1" });
  await set(behind.namespace("n"), { b: "2" });

  await behind.close();

  expect([await read(inner, "a"), await read(inner.namespace("n"), "b")]).toEqual(["1", "2"]);
  expect(clock.pendingTimers).toBe(0);
  await expect(behind.write([])).rejects.toMatchObject({ code: "USAGE_CLOSED" });
});

test.each(["fail", "hang"] as const)(
  "closing gives up on a KV that would %s, and says how much was lost",
  async (fault) => {
    const state = behindOf({ closeTimeout: seconds(2) });
    state.fault = fault;
    await set(state.behind, { a: "1", b: "1" });

    const outcome = state.behind.close().catch((error: unknown) => error);
    await state.clock.advance(5_000);

    expect(await outcome).toMatchObject({
      code: "STORE_KIT_UNAVAILABLE",
      message: expect.stringContaining("2 acknowledged writes"),
    });
    await expect(state.inner.getMany([])).rejects.toMatchObject({ code: "USAGE_CLOSED" });
  },
);

test("what is read, asked for or swept is told of, without keys", async () => {
  const clock = new ManualClock();
  const reports: unknown[] = [];
  const faulty = flakyKV(memoryKV({ clock }), ({ operation }) =>
    operation === "clear" ? "fail" : undefined,
  );
  const kv = instrument(faulty, (report) => reports.push(report), { clock });

  await set(kv, { "5511912345678": "1" });
  await kv.namespace("n").getMany(["5511912345678", "x"]);
  await kv.getMany(["5511912345678", "x"]);
  await expect(kv.clear()).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });

  expect(reports).toMatchObject([
    { kv: "memory", operation: "write", keys: 1, ms: 0 },
    { operation: "getMany", keys: 2, found: 0 },
    { operation: "getMany", keys: 2, found: 1 },
    { operation: "clear", error: { code: "STORE_KIT_UNAVAILABLE" } },
  ]);
  expect(JSON.stringify(reports)).not.toContain("5511912345678");
});

const key = fc.constantFrom("a", "b", "c");
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("set" as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.integer({ min: 1, max: 600 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("flush" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("fault" as const),
      fault: fc.constantFrom<KVFault | undefined>(undefined, "fail", "fail-after"),
    }),
  },
);

type State = Record<string, string>;
const stateOf = async (kv: KV): Promise<State> => {
  const found = await kv.getMany(["a", "b", "c"]);
  return Object.fromEntries([...found].map(([k, v]) => [k, Buffer.from(v.value).toString()]));
};

test("reads see every write at any time; the KV holds what was acknowledged up to some moment not long ago", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, maxEntries) => {
        let worked = true;
        const clock = new ManualClock(1_000_000);
        const inner = memoryKV({ clock });
        let fault: KVFault | undefined;
        const behind = writeBehind(
          flakyKV(inner, ({ operation }) => (operation === "getMany" ? undefined : fault)),
          { clock, maxDelay: seconds(1), maxEntries, onError: () => {} },
        );
        let model: State = {};
        // What was acknowledged when; a refused write is not in it.
        const history: { readonly atMs: number; readonly state: State }[] = [
          { atMs: 0, state: {} },
        ];
        let count = 0;
        for (const one of steps) {
          if (one.do === "wait") await clock.advance(one.ms);
          else if (one.do === "fault") {
            fault = one.fault;
            worked &&= fault === undefined;
          } else if (one.do === "flush") await behind.flush().catch(() => undefined);
          else {
            const next = { ...model };
            let change: () => Promise<void>;
            if (one.do === "clear") {
              for (const name of Object.keys(next)) delete next[name];
              change = () => behind.clear();
            } else if (one.do === "set") {
              next[one.key] = `${++count}`;
              change = () => set(behind, { [one.key]: `${count}` });
            } else {
              delete next[one.key];
              change = () => behind.write([{ key: one.key, value: undefined }]);
            }
            const refused = await change().then(
              () => false,
              () => true,
            );
            if (!refused) {
              model = next;
              history.push({ atMs: clock.monotonic(), state: model });
            }
          }
          expect(await stateOf(behind)).toEqual(model);
          expect(behind.pending().entries).toBeLessThanOrEqual(maxEntries);

          // As if the process ended here: what is inside is what there would be.
          const inside = await stateOf(inner);
          const moments = history.filter(({ state }) => isSame(state, inside));
          // A clear and the writes after it are two calls, between which only a fault can come.
          if (worked) {
            const latest = Math.max(...moments.map((moment) => history.indexOf(moment)));
            const due = history.findLastIndex(({ atMs }) => atMs <= clock.monotonic() - 1000);
            isAtLeast(latest, Math.max(due, 0));
          }
        }
        fault = undefined;
        await clock.advance(31_000);
        expect(await stateOf(inner)).toEqual(model);
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});

function isAtLeast(actual: number, least: number): void {
  expect(actual).toBeGreaterThanOrEqual(least);
}

function isSame(one: State, other: State): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

test("a listener that throws ends neither the process nor the warnings", async () => {
  const told: DurabilityRisk[] = [];
  const state = behindOf({
    maxDelay: seconds(1),
    onDurabilityRisk: (risk) => {
      told.push(risk);
      throw new Error("listener");
    },
  });
  state.fault = "fail";
  await set(state.behind, { a: "1" });
  await state.clock.advance(2000);

  expect(told.length).toBe(2);
  expect(state.errors.filter(({ message }) => message === "listener")).toHaveLength(2);
});

test("a flush that fails after closing has given up on it is not tried again", async () => {
  const clock = new ManualClock(1_000_000);
  const errors: Error[] = [];
  let end: ((fault: KVFault) => void) | undefined;
  const kv = flakyKV(memoryKV({ clock }), () => new Promise((resolve) => (end = resolve)));
  const behind = writeBehind(kv, { clock, onError: (error) => errors.push(error) });
  await set(behind, { a: "1" });
  const closing = behind.close().catch((error: unknown) => error);
  await clock.advance(6000);
  expect(await closing).toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });

  end?.("fail");
  await clock.advance(0);
  expect(clock.pendingTimers).toBe(0);
});

test("an overflow that is not one is refused", () => {
  const options: object = { overflow: "drop" };
  expect(() => writeBehind(memoryKV(), options)).toThrowError(
    expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
  );
});
