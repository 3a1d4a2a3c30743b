import {
  type AuthStoreMetric,
  AuthStoreError,
  METRICS_CHANNEL,
  MetricsSummary,
  onMetric,
  openAuthState,
  useMemoryAuthState,
} from "@motte/auth-stores";
import { channel } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { getAny, setAny } from "./support/keys.ts";
import { storeBytes } from "./support/stored.ts";
import { watched } from "./support/watched-backend.ts";

const sessionId = "default";

async function preparedPlace(): Promise<MemoryPlace> {
  const place = new MemoryPlace();
  await (await useMemoryAuthState({ place })).close();
  return place;
}

function collected(): Disposable & { readonly metrics: AuthStoreMetric[] } {
  const metrics: AuthStoreMetric[] = [];
  const subscription = onMetric((metric) => metrics.push(metric));
  return { metrics, [Symbol.dispose]: () => subscription[Symbol.dispose]() };
}

test("a get tells how many ids the cache knew, a commit what it wrote and what it left out", async () => {
  const place = await preparedPlace();
  await using handle = await useMemoryAuthState({ place });
  using watch = collected();
  await Promise.all([
    setAny(handle, "device-list", "1", ["0"]),
    setAny(handle, "lid-mapping", "1", "12345"),
  ]);
  await Promise.all([
    setAny(handle, "device-list", "1", ["0"]),
    setAny(handle, "device-list", "2", ["0"]),
  ]);
  await handle.state.keys.get("device-list", ["1", "2", "3"]);

  expect(watch.metrics).toEqual([
    expect.objectContaining({
      kind: "commit",
      sessionId,
      changes: 2,
      ops: 2,
      elided: 0,
      creds: false,
      retries: 0,
      failed: false,
      bytes: 12,
      values: [
        { type: "device-list", bytes: 6 },
        { type: "lid-mapping", bytes: 6 },
      ],
    }),
    expect.objectContaining({ kind: "commit", changes: 2, ops: 1, elided: 1 }),
    expect.objectContaining({ kind: "get", type: "device-list", ids: 3, hits: 2, failed: false }),
  ]);
});

test("time spent, retries and failures are told", async () => {
  const clock = new ManualClock();
  let failures = 1;
  const fail = (): void => {
    if (failures-- > 0)
      throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "busy", { retryable: true });
  };
  const backend = watched(memoryBackend({ place: await preparedPlace(), clock }), {
    beforeCommit: fail,
    beforeRead: fail,
  });
  const handle = await openAuthState({ backend, sessionId, clock });
  using watch = collected();
  const set = setAny(handle, "device-list", "1", ["0"]);
  await clock.advance(2000);
  await set;
  failures = 99;
  const get = getAny(handle, "device-list", "2").catch(() => undefined);
  await clock.advance(2000);
  await get;

  expect(watch.metrics).toMatchObject([
    { kind: "commit", retries: 1, durationMs: 50, failed: false },
    { kind: "get", durationMs: 1050, failed: true },
  ]);
  await handle.close();
});

test("a corrupt record and a lost session are told", async () => {
  const place = await preparedPlace();
  const value = Buffer.from("?");
  await storeBytes(place, { ops: [{ op: "put", type: "session", id: "5511999990000.0", value }] });
  const handle = await useMemoryAuthState({ place });
  using watch = collected();
  await getAny(handle, "session", "5511999990000.0");
  await memoryBackend({ place }).open(sessionId, {
    create: false,
    owner: "new",
    leaseMs: 60_000,
    isKnownDead: () => true,
  });
  await setAny(handle, "device-list", "1", ["0"]).catch(() => undefined);

  expect(watch.metrics.filter(({ kind }) => kind === "corrupt" || kind === "fenced")).toEqual([
    { kind: "corrupt", sessionId, type: "session" },
    { kind: "fenced", sessionId },
  ]);
  expect(inspect(watch.metrics, { depth: 9 })).not.toContain("5511999990000");
  await handle.close();
});

test("a summary adds everything up, with the sizes of values by family", async () => {
  await using handle = await useMemoryAuthState();
  using summary = new MetricsSummary();
  await setAny(handle, "sender-key", "1@g.us::1::0", Buffer.alloc(1023));
  await setAny(handle, "sender-key", "1@g.us::1::0", Buffer.alloc(1024));
  await setAny(handle, "lid-mapping", "1", "1");
  await handle.state.keys.get("lid-mapping", ["1", "2"]);
  await handle.state.keys.get("lid-mapping", ["1", "2"]);
  const sums = summary.snapshot();

  expect(sums).toMatchObject({
    gets: 2,
    idsRead: 4,
    cacheHitRatio: 0.75,
    commits: 3,
    opsWritten: 3,
    bytesWritten: 1024 + 1025 + 2,
    failures: 0,
  });
  const sizes = sums.valueSizes.get("sender-key");
  expect(sizes).toMatchObject({ count: 2, sum: 2049, max: 1025 });
  expect([sizes?.counts[10], sizes?.counts[11]]).toEqual([1, 1]);
  expect(sums.valueSizes.get("lid-mapping")?.counts).toEqual([0, 1]);
  expect(sums.batchSize).toMatchObject({ count: 3, sum: 3 });
  expect(sums.commitLatency.count).toBe(3);

  summary[Symbol.dispose]();
  await setAny(handle, "lid-mapping", "2", "2");
  expect(summary.snapshot()).toEqual(sums);
});

test("nothing is measured while nobody listens, and others on the channel do no harm", async () => {
  {
    using watch = collected();
    channel(METRICS_CHANNEL).publish("not a metric");
    expect(watch.metrics).toEqual([]);
  }
  expect(channel(METRICS_CHANNEL).hasSubscribers).toBe(false);
});
