import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as fc from "fast-check";
import { proto } from "@whiskeysockets/baileys";
import { openSqlite } from "@motte/core/sqlite";
import { describe, expect, test } from "vitest";
import { StoreKitError, bindStores, openHistorySpool } from "@motte/store-kit";
import { everyPart, eventBuffer, slowClock, upsert } from "./support/bound-stores.ts";
import { openSpool, pastOf, sendHistory, storedOf } from "./support/history.ts";
import { LID, PN, message, textOf, theirKey } from "./support/messages.ts";

const NOTHING = { live: 0, decoded: 0, packed: 0, spooled: 0 };

describe("a history that waits", () => {
  test("is packed beyond highWater, and takes less than half then", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const highWater = 1_000_000;
    const binding = bindStores({ ev }, set.parts, { ...set.bind, history: { highWater } });
    sendHistory(ev, pastOf(LID, 4000, { length: 100 }));
    const before = binding.stats().bytes;
    expect(before.decoded).toBeGreaterThan(4_000_000);
    while (binding.stats().bytes.decoded > highWater) await setImmediate();

    const packed = binding.stats().bytes;
    expect(binding.stats().history.done).toBe(0);
    expect(packed.decoded + packed.packed).toBeLessThan(before.decoded / 2);
    await binding.drain();
    expect(binding.stats().bytes).toEqual(NOTHING);
    expect(storedOf(set.parts, LID)).toHaveLength(1000);
    expect(set.parts.messages.load(theirKey("H3999", LID))).toBeDefined();
  });

  test("goes to the spool beyond hardWater, and from there into the stores, all of it", async () => {
    await using set = await everyPart();
    using spool = await openSpool();
    const ev = eventBuffer();
    const history = { highWater: 100_000, hardWater: 200_000 };
    const binding = bindStores({ ev }, set.parts, { ...set.bind, history, spool });
    sendHistory(ev, pastOf(LID, 2000, { length: 500 }));
    while (binding.stats().history.done === 0) await setImmediate();

    const { decoded, packed, spooled } = binding.stats().bytes;
    expect(decoded + packed).toBeLessThanOrEqual(200_000);
    expect(spooled).toBeGreaterThan(300_000);
    await binding.drain();
    expect(binding.stats()).toMatchObject({
      bytes: NOTHING,
      history: { done: 2000, total: 2000, shed: 0 },
    });
    for (const n of [0, 999, 1999]) {
      const stored = set.parts.messages.load(theirKey(`H${n}`, LID));
      expect(textOf(stored?.message)).toBe(`${n} `.padEnd(500, "x"));
    }
    expect(spool.left).toEqual([]);
    expect(set.errors).toEqual([]);
  });

  test.each(["on disk", "in memory"])(
    "keeps the newest of each chat when more waits %s than may, and counts the others",
    async (where) => {
      await using set = await everyPart();
      using spool = await openSpool();
      const ev = eventBuffer();
      const bound = 60_000;
      const binding = bindStores({ ev }, set.parts, {
        ...set.bind,
        ...(where === "on disk"
          ? { spool, history: { highWater: 0, hardWater: 0, diskQuota: bound } }
          : { history: { highWater: 0, hardWater: bound } }),
      });
      const chats = ["1@lid", "2@lid", "3@lid"];
      const [many, few, one] = [2000, 40, 1].map((count, index) =>
        // What is in the small ones is older than everything in the other.
        pastOf(chats[index] ?? "", count, { length: 100, from: index * 5000 }),
      );
      sendHistory(ev, [...(many ?? []), ...(few ?? []), ...(one ?? [])]);
      while (binding.stats().history.shed === 0) await setImmediate();
      const { packed, spooled } = binding.stats().bytes;
      expect(where === "on disk" ? spooled : packed).toBeLessThanOrEqual(bound);
      await binding.drain();

      const [crowded = [], small, single] = chats.map((jid) => storedOf(set.parts, jid));
      expect(crowded.length).toBeGreaterThan(64);
      // The newest without a gap, and nothing of the small ones is gone.
      expect(crowded).toEqual(crowded.map((_, n) => `H${n}`));
      expect([small?.length, single?.length]).toEqual([40, 1]);
      const { shed, done, total } = binding.stats().history;
      expect(shed).toBe(2000 - crowded.length);
      expect(done + shed).toBe(total);
    },
  );

  test.each([false, true])(
    "is packed and spooled in turns, each of them short (durable: %s)",
    async (durableHistory) => {
      await using set = await everyPart();
      using spool = await openSpool();
      const ev = eventBuffer();
      // By this clock two steps fill a turn.
      const clock = slowClock(5);
      const history = { highWater: 0, hardWater: 0 };
      const bind = { clock, history, spool, durableHistory };
      const binding = bindStores({ ev }, set.parts, bind);
      sendHistory(ev, pastOf(LID, 5000, { length: 100 }));
      const whole = binding.stats().bytes.decoded;
      const turns = [whole];
      while (binding.stats().bytes.decoded > 0) {
        await setImmediate();
        turns.push(binding.stats().bytes.decoded);
      }
      const longest = Math.max(...turns.map((left, n) => (turns[n - 1] ?? whole) - left));
      expect(longest).toBeGreaterThan(0);
      expect(longest / whole).toBeLessThanOrEqual(0.1);
      await binding.unbind();
    },
  );

  test("is told of when nothing of it waits any more, with what the phone said of the rest", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const told: unknown[] = [];
    const binding = bindStores({ ev }, set.parts, {
      ...set.bind,
      onDrained: (drained) => void told.push(drained),
    });
    sendHistory(ev, pastOf(LID, 300));
    await binding.drain();
    const syncType = proto.HistorySync.HistorySyncType.RECENT;
    ev.emit("messaging-history.status", { syncType, status: "complete", explicit: true });
    sendHistory(ev, pastOf(LID, 10, { from: 300 }));
    await binding.drain();
    expect(told).toEqual([
      { done: 300, total: 300, shed: 0, status: undefined },
      { done: 310, total: 310, shed: 0, status: "complete" },
    ]);
  });

  test("does not bring back from the disk what was deleted while it waited there", async () => {
    await using set = await everyPart();
    using spool = await openSpool();
    const ev = eventBuffer();
    const bind = { ...set.bind, spool, durableHistory: true };
    const binding = bindStores({ ev }, set.parts, bind);
    sendHistory(ev, pastOf("1@lid", 300), ["1@lid", "2@lid"]);
    while (binding.stats().bytes.decoded > 0) await setImmediate();
    expect(binding.stats().history.done).toBe(0);
    ev.emit("chats.delete", ["1@lid"]);
    ev.emit("messages.delete", { keys: [theirKey("H7", "1@lid")] });
    await binding.drain();

    expect(set.parts.chats.get("1@lid")).toBeUndefined();
    expect(set.parts.chats.get("2@lid")).toBeDefined();
    expect(storedOf(set.parts, "1@lid")).toEqual([]);
    expect(spool.left).toEqual([]);
  });

  test.each([false, true])(
    "waits on when the disk refuses it, and is taken in when something comes and the disk does not (durable: %s)",
    async (durableHistory) => {
      await using set = await everyPart();
      using spool = await openSpool();
      const ev = eventBuffer();
      let isFull = true;
      const { messages } = set.parts;
      const flaky = {
        ingest: messages.ingest.bind(messages),
        instrumentSends: messages.instrumentSends.bind(messages),
        drain: messages.drain.bind(messages),
        ingestHistory: async (...args: Parameters<typeof messages.ingestHistory>) => {
          if (isFull) throw new StoreKitError("STORE_KIT_UNAVAILABLE", "disk full");
          await messages.ingestHistory(...args);
        },
      };
      const binding = bindStores(
        { ev },
        { ...set.parts, messages: flaky },
        { ...set.bind, spool, durableHistory },
      );
      sendHistory(ev, pastOf(LID, 600));
      expect(await binding.drain()).toEqual({ drained: false });
      expect(set.errors).toEqual(["STORE_KIT_UNAVAILABLE"]);
      const { decoded, spooled } = binding.stats().bytes;
      expect(durableHistory ? spooled : decoded).toBeGreaterThan(0);
      isFull = false;
      upsert(ev, message(theirKey("NOW", PN), "now"));
      expect(await binding.drain()).toEqual({ drained: true });
      expect(storedOf(set.parts, LID)).toHaveLength(600);
      expect(binding.stats().bytes).toEqual(NOTHING);
    },
  );

  test("stays in the spool when the store is closed before it took it in, for the next one", async () => {
    using spool = await openSpool();
    {
      await using set = await everyPart();
      const ev = eventBuffer();
      const binding = bindStores({ ev }, set.parts, { ...set.bind, spool, durableHistory: true });
      sendHistory(ev, pastOf(LID, 300));
      while (binding.stats().bytes.decoded > 0) await setImmediate();
      await set.parts.messages.close();
      expect(await binding.drain()).toEqual({ drained: false });
      await binding.unbind();
      expect(set.errors).toEqual(["USAGE_CLOSED"]);
    }
    await using set = await everyPart();
    const binding = bindStores({ ev: eventBuffer() }, set.parts, { ...set.bind, spool });
    expect(await binding.drain()).toEqual({ drained: true });
    expect(storedOf(set.parts, LID)).toHaveLength(300);
    expect(spool.left).toEqual([]);
  });

  test("is in the spool as it was told, but for what is to be seen once", async () => {
    await using set = await everyPart();
    using spool = await openSpool();
    const ev = eventBuffer();
    const binding = bindStores({ ev }, set.parts, { ...set.bind, spool, durableHistory: true });
    const shy = { viewOnceMessageV2: { message: { imageMessage: { caption: "seen once" } } } };
    sendHistory(ev, [
      ...pastOf(LID, 1, { content: shy }),
      ...pastOf(LID, 1, { from: 1, content: { conversation: "said openly" } }),
    ]);
    while (binding.stats().bytes.decoded > 0) await setImmediate();
    const written = Buffer.concat(spool.left.map(({ seq }) => spool.read(seq) ?? Buffer.alloc(0)));
    expect(written.includes("said openly")).toBe(true);
    expect(written.includes("seen once")).toBe(false);
    await binding.drain();
    expect(storedOf(set.parts, LID)).toEqual(["H1"]);
  });

  test("waits in memory when the spool refuses it, and loses nothing", async () => {
    await using set = await everyPart();
    using spool = await openSpool();
    const broken = {
      left: [],
      read: () => undefined,
      remove: () => {},
      scrub: async () => true,
      append: () => {
        throw new StoreKitError("STORE_KIT_UNAVAILABLE", "disk full");
      },
      close: () => spool.close(),
      [Symbol.dispose]: () => {},
    };
    const ev = eventBuffer();
    const bind = { ...set.bind, spool: broken, durableHistory: true };
    const binding = bindStores({ ev }, set.parts, bind);
    sendHistory(ev, pastOf(LID, 600), [LID]);
    expect(await binding.drain()).toEqual({ drained: true });
    expect(storedOf(set.parts, LID)).toHaveLength(600);
    expect(set.errors).toEqual(["STORE_KIT_UNAVAILABLE"]);
  });

  test("is reported where it was damaged on disk, and the rest of it is taken in", async () => {
    const database = await openSqlite(":memory:");
    const account = "bot";
    {
      await using set = await everyPart();
      const ev = eventBuffer();
      using spool = await openHistorySpool({ database, account });
      const binding = bindStores({ ev }, set.parts, { ...set.bind, spool, durableHistory: true });
      sendHistory(ev, [...pastOf("1@lid", 3), ...pastOf("2@lid", 3)]);
      while (binding.stats().bytes.decoded > 0) await setImmediate();
      database.exec(`CREATE TABLE kept AS SELECT * FROM history_spool`);
      await binding.drain();
      database.exec("INSERT INTO history_spool SELECT * FROM kept; DROP TABLE kept");
    }
    database.exec("UPDATE history_spool SET data = x'00ff' WHERE chat = '1@lid'");
    await using set = await everyPart();
    using spool = await openHistorySpool({ database, account });
    const binding = bindStores({ ev: eventBuffer() }, set.parts, { ...set.bind, spool });
    expect(binding.stats().history.total).toBe(6);
    expect(await binding.drain()).toEqual({ drained: true });
    expect(storedOf(set.parts, "1@lid")).toEqual([]);
    expect(storedOf(set.parts, "2@lid")).toHaveLength(3);
    expect(set.errors).toEqual(["STORE_KIT_BODY_UNREADABLE"]);
    database.close();
  });
});

test("however much of the past waits, what happens now is stored at once, and what waits is accounted for", async () => {
  const step = fc.oneof(
    { arbitrary: fc.record({ past: fc.integer({ min: 1, max: 700 }) }), weight: 2 },
    { arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 6 }) }), weight: 3 },
    fc.constant({ live: true as const }),
  );
  const bounds = fc.constantFrom(
    { highWater: 1e9, hardWater: 1e9 },
    { highWater: 100_000, hardWater: 1e9 },
    { highWater: 50_000, hardWater: 100_000 },
    { highWater: 0, hardWater: 0 },
  );
  let wasBehind = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 12 }),
      bounds,
      fc.boolean(),
      async (steps, history, durableHistory) => {
        await using set = await everyPart();
        using spool = await openSpool();
        const ev = eventBuffer();
        const binding = bindStores({ ev }, set.parts, {
          ...set.bind,
          history,
          spool,
          durableHistory,
        });
        let [came, now, late] = [0, 0, 0];
        for (const one of steps) {
          if ("past" in one) {
            sendHistory(ev, pastOf(LID, one.past, { length: 100, from: came }));
            came += one.past;
          } else if ("turns" in one) {
            for (let turn = 0; turn < one.turns; turn++) await setImmediate();
          } else {
            const key = theirKey(`NOW${now++}`, PN);
            upsert(ev, message(key, "now"));
            late += textOf(set.parts.messages.load(key)?.message) === "now" ? 0 : 1;
            if (binding.stats().history.done < came) wasBehind += 1;
          }
          const { decoded, packed, spooled } = binding.stats().bytes;
          const waiting = came - binding.stats().history.done;
          expect(decoded + packed + spooled).toBeGreaterThanOrEqual(100 * waiting);
        }
        expect(await binding.drain()).toEqual({ drained: true });
        expect(late).toBe(0);
        expect(binding.stats().bytes).toEqual(NOTHING);
        expect(storedOf(set.parts, LID)).toHaveLength(Math.min(came, 1000));
        expect(set.parts.chats.get(PN)?.unread ?? 0).toBe(now);
        expect(set.errors).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
  expect(wasBehind).toBeGreaterThan(5);
});

test("a durable history that a killed process left is taken in by the next, whole", async () => {
  const folder = await mkdtemp(join(tmpdir(), "motte-spool-"));
  const file = join(folder, "bot.db");
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const program = fileURLToPath(new URL("support/drain-and-die.ts", import.meta.url));
  const run = (count: number) =>
    spawn(
      process.execPath,
      ["--no-warnings", "--import", tsx, "--conditions=@motte/source", program, file, `${count}`],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
  const COUNT = 3000;

  const killed = run(COUNT);
  const exit = once(killed, "exit");
  const said: string[] = [];
  for await (const line of createInterface({ input: killed.stdout })) {
    said.push(line);
    if (line.startsWith("done")) killed.kill("SIGKILL");
  }
  expect(await exit).toEqual([null, "SIGKILL"]);
  expect(said[0]).toBe("spooled 0");

  const next = run(0);
  let answer = "";
  for await (const line of createInterface({ input: next.stdout })) answer += line;
  const { drained, done, total, stored }: Record<string, unknown> = JSON.parse(answer);
  expect(drained).toBe(true);
  expect(Number(total)).toBeGreaterThan(1000);
  expect(done).toBe(total);
  expect(stored).toEqual(Array.from({ length: 10 }, () => [COUNT / 10, 1]));
  await rm(folder, { recursive: true });
});
