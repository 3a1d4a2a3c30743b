import { type BackendSession, useRedisAuthState } from "@motte/auth-stores";
import { redisBackend } from "@motte/auth-stores/backends/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type RedisServer, startRedis, until } from "../../../../test/support/redis-server.ts";
import { openSession, putOp } from "../support/backend-calls.ts";
import { connectTo, libraries } from "../support/redis-clients.ts";
import { tcpProxy } from "../support/tcp-proxy.ts";

let server: RedisServer;
let inspector: Redis;
beforeAll(async () => {
  server = await startRedis(["--save", ""]);
  inspector = new Redis(server.port, "127.0.0.1");
});
afterAll(async () => {
  inspector.disconnect();
  await server[Symbol.asyncDispose]();
});

const UNAVAILABLE = { code: "AUTH_STORE_UNAVAILABLE", retryable: true };
const FENCED = { code: "AUTH_STORE_FENCED" };
let prefixes = 0;
const newPrefix = (): string => `p${++prefixes}`;

describe.each(libraries)("on %s", (library) => {
  test("a connection that is dropped fails what is under way, and is used again once it is back", async () => {
    await using proxy = await tcpProxy(server.port);
    await using live = await connectTo(library, proxy.port);
    const backend = await redisBackend(live.client, {
      prefix: newPrefix(),
      commandTimeoutMs: 2000,
    });
    const session = await openSession(backend);
    await session.commit({ batchId: "1", ops: [putOp("t", "1", "kept")] });

    proxy.cutOff();
    await expect(session.read("t", ["never there"])).rejects.toMatchObject(UNAVAILABLE);
    await expect(session.readCreds()).rejects.toThrow("there is no connection");
    proxy.restore();

    expect(await readSoon(session, "t", "never there")).toBe(null);
    expect(await readSoon(session, "t", "1")).toBe("kept");
  });

  test("a commit whose answer was lost is done once, however often it is repeated", async () => {
    await using proxy = await tcpProxy(server.port);
    // ioredis sends an interrupted command again by itself, which is what a repeated commit has to stand anyhow.
    await using live = await connectTo(library, proxy.port);
    const backend = await redisBackend(live.client, { prefix: newPrefix() });
    const session = await openSession(backend);
    await session.commit({ batchId: "1", ops: [], creds: Buffer.from("first") });

    proxy.dropNextAnswer();
    const batch = { batchId: "2", ops: [putOp("t", "1", "x")], creds: Buffer.from("second") };
    await commitSoon(session, batch);
    await session.commit(batch);

    expect(Buffer.from((await session.readCreds()) ?? []).toString()).toBe("second");
    expect(await session.readCredsHistory()).toHaveLength(1);
  });

  test("a stalled server fails in time, without end to the commands that wait for it", async () => {
    await using own = await startRedis(["--save", ""]);
    await using live = await connectTo(library, own.port);
    const backend = await redisBackend(live.client, { commandTimeoutMs: 2000 });
    const session = await openSession(backend);
    await session.commit({ batchId: "1", ops: [putOp("t", "1", "kept")] });

    signal(own, "SIGSTOP");
    const waiting = Array.from({ length: 20 }, () => session.read("t", ["1"]));
    for (const outcome of await Promise.allSettled(waiting)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: UNAVAILABLE });
    }
    const late = { batchId: "2", ops: [putOp("t", "1", "late")] };
    await expect(session.commit(late)).rejects.toThrow("stopped answering");
    signal(own, "SIGCONT");

    await commitSoon(session, late);
    expect(await readSoon(session, "t", "1")).toBe("late");
  });

  test("a server that comes back empty is not taken for a session without records", async () => {
    await using own = await startRedis(["--save", ""]);
    await using live = await connectTo(library, own.port);
    const backend = await redisBackend(live.client);
    const session = await openSession(backend);
    await session.commit({ batchId: "1", ops: [putOp("t", "1", "x")], creds: Buffer.from("c") });

    await own.restart();
    await until("the client is back", async () => {
      const outcome = await session.read("t", ["1"]).catch((error: unknown) => error);
      return !(outcome instanceof Error && "retryable" in outcome && outcome.retryable === true);
    });

    await expect(session.read("t", ["1"])).rejects.toMatchObject(FENCED);
    await expect(session.readCreds()).rejects.toMatchObject(FENCED);
    await expect(session.readMeta()).rejects.toMatchObject(FENCED);
    await expect(session.types()).rejects.toMatchObject(FENCED);
    await expect(session.scan("t")[Symbol.asyncIterator]().next()).rejects.toMatchObject(FENCED);
    const again = { batchId: "2", ops: [putOp("t", "1", "x")] };
    await expect(session.commit(again)).rejects.toMatchObject(FENCED);
    await expect(session.commit(again)).rejects.toThrow("no longer in Redis");
    expect(await session.renew()).toBe("lost");
    await using fresh = await connectTo("ioredis", own.port);
    expect(await (fresh.client as Redis).dbsize()).toBe(0);
  });

  test("creds that the server has dropped are not taken for a session without any", async () => {
    await using live = await connectTo(library, server.port);
    const prefix = newPrefix();
    const session = await openSession(await redisBackend(live.client, { prefix }));
    expect(await session.readCreds()).toBeNull();
    await session.commit({ batchId: "1", ops: [], creds: Buffer.from("c") });

    await inspector.unlink(`${prefix}:{a}:creds`);
    await expect(session.readCreds()).rejects.toMatchObject({ code: "AUTH_STORE_CORRUPT" });
    await session.release();
    await expect(useRedisAuthState(live.client, { prefix, sessionId: "a" })).rejects.toMatchObject({
      code: "AUTH_STORE_CORRUPT",
    });
    expect(await inspector.exists(`${prefix}:{a}:creds`)).toBe(0);
  });

  test("a server that forgets its scripts is sent them again", async () => {
    await using live = await connectTo(library, server.port);
    const backend = await redisBackend(live.client, { prefix: newPrefix() });
    const session = await openSession(backend);

    const commits: Promise<void>[] = [];
    for (let round = 0; round < 20; round++) {
      commits.push(session.commit({ batchId: `${round}`, ops: [putOp("t", "1", `${round}`)] }));
      if (round % 7 === 0) await inspector.script("FLUSH");
    }
    await Promise.all(commits);

    expect(await readSoon(session, "t", "1")).toBe("19");
  });

  test("every byte, large values and very many records come back as they were", async () => {
    await using live = await connectTo(library, server.port);
    const backend = await redisBackend(live.client, { prefix: newPrefix() });
    const session = await openSession(backend);
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const large = Buffer.alloc(1_000_000, every);
    const ids = Array.from({ length: 20_000 }, (_, index) => `${index}`);

    await session.commit({
      batchId: "1",
      creds: every,
      meta: new Map([["bytes", every]]),
      ops: [
        { op: "put", type: "t", id: "every", value: every },
        { op: "put", type: "t", id: "large", value: large },
        ...ids.map((id) => putOp("pre-key", id, `value ${id}`)),
      ],
    });

    expect(await session.readCreds()).toEqual(every);
    expect((await session.readMeta()).get("bytes")).toEqual(every);
    const [read, readLarge] = await session.read("t", ["every", "large"]);
    expect(read).toEqual(every);
    expect(readLarge !== null && readLarge !== undefined && large.equals(readLarge)).toBe(true);
    const values = await session.read("pre-key", ids);
    expect(values.every((value, index) => value?.toString() === `value ${index}`)).toBe(true);
    let count = 0;
    for await (const id of session.ids("pre-key")) count += Number(id) >= 0 ? 1 : 0;
    expect(count).toBe(ids.length);

    await session.commit({
      batchId: "2",
      ops: ids.map((id) => ({ op: "del", type: "pre-key", id })),
    });
    expect(await session.types()).toEqual(["t"]);
  });
});

test("an owner that lost its lease to somebody who has left again writes nothing", async () => {
  const { backend, leaseKey } = await backendOnServer();
  const zombie = await openSession(backend);
  await zombie.commit({ batchId: "1", ops: [putOp("t", "1", "before")] });
  await inspector.del(leaseKey);
  const between = await openSession(backend);
  await between.commit({ batchId: "2", ops: [putOp("t", "1", "between")] });
  await inspector.del(leaseKey);

  const late = { batchId: "3", ops: [putOp("t", "1", "zombie")] };
  await expect(zombie.commit(late)).rejects.toMatchObject(FENCED);
  expect(await zombie.renew()).toBe("lost");
  await zombie.release();
  expect(await inspector.exists(leaseKey)).toBe(0);

  expect(await readSoon(between, "t", "1")).toBe("between");
});

test("an owner whose lease lapsed while nobody else came goes on, and has a lease again", async () => {
  const { backend, leaseKey } = await backendOnServer();
  const session = await openSession(backend);
  await inspector.del(leaseKey);
  await session.commit({ batchId: "1", ops: [putOp("t", "1", "x")] });

  expect(await inspector.pttl(leaseKey)).toBeGreaterThan(0);
  await inspector.del(leaseKey);
  expect(await session.renew()).toBe("renewed");
  expect(await inspector.pttl(leaseKey)).toBeGreaterThan(0);
});

test("a lease that names somebody else keeps the owner out, whatever else is stored", async () => {
  const { backend, leaseKey } = await backendOnServer();
  const session = await openSession(backend);
  await inspector.set(leaseKey, "1:somebody else");

  await expect(session.commit({ batchId: "1", ops: [] })).rejects.toMatchObject(FENCED);
  expect(await session.renew()).toBe("lost");
  await session.release();
  expect(await inspector.get(leaseKey)).toBe("1:somebody else");
});

test("nothing but the lease ever expires", async () => {
  const { backend, prefix, leaseKey } = await backendOnServer();
  const session = await openSession(backend);
  const quarantine = { ...putOp("t", "1", "x"), op: "quarantine" as const, reason: "torn" };
  await session.commit({ batchId: "1", ops: [putOp("t", "1", "x")], creds: Buffer.from("1") });
  await session.commit({ batchId: "2", ops: [putOp("t", "2", "x")], creds: Buffer.from("2") });
  await session.commit({ batchId: "3", ops: [quarantine] });

  const keys = await inspector.keys(`${prefix}:*`);
  expect(keys.length).toBeGreaterThan(6);
  for (const key of keys) expect((await inspector.pttl(key)) > 0).toBe(key === leaseKey);
});

test("the same session made again after deleting it fences off whoever had it before", async () => {
  const { backend } = await backendOnServer();
  const former = await openSession(backend);
  await backend.delete("a", { isKnownDead: () => true });
  const again = await openSession(backend);

  expect(again.fence.epoch).toBeGreaterThan(former.fence.epoch);
  await expect(former.commit({ batchId: "1", ops: [] })).rejects.toMatchObject(FENCED);
});

test("a key that holds something else stops the whole commit", async () => {
  const { backend, prefix } = await backendOnServer();
  const session = await openSession(backend);
  await inspector.set(`${prefix}:{a}:k:session`, "somebody else's");
  const ops = [putOp("device-list", "1", "x"), putOp("session", "1", "x")];

  const corrupt = { code: "AUTH_STORE_CORRUPT" };
  await expect(session.commit({ batchId: "1", ops })).rejects.toMatchObject(corrupt);
  expect(await session.read("device-list", ["1"])).toEqual([null]);
  await expect(session.read("session", ["1"])).rejects.toMatchObject(corrupt);
});

test("sessions of any name are listed, also after the index is lost, and not under another prefix", async () => {
  const { backend, prefix } = await backendOnServer("l*[s]?");
  const other = await backendOnServer("lists");
  const names = ["plain", "{}", "}{", "50%", "%7B", "", "a:b", "ключ"];
  for (const name of names) {
    await backend.open(name, {
      create: true,
      owner: "o",
      leaseMs: 60_000,
      isKnownDead: () => false,
    });
  }
  await openSession(other.backend);
  for (const lost of [false, true, false]) {
    if (lost) await inspector.del(`${prefix}:idx`);
    const listed: string[] = [];
    for await (const { sessionId } of backend.list()) listed.push(sessionId);
    expect(listed.toSorted()).toEqual(names.toSorted());
  }
});

test("acknowledged writes that the server no longer knows are reported, once, by whoever meets it first", async () => {
  const events: unknown[] = [];
  const { backend, prefix } = await backendOnServer(undefined, (event) => events.push(event));
  const session = await openSession(backend);
  for (let n = 1; n <= 5; n++) await session.commit({ batchId: `${n}`, ops: [] });
  const roll = (by: number): Promise<number> => inspector.hincrby(`${prefix}:{a}:meta`, "rev", by);

  await roll(-2);
  await session.renew();
  await session.renew();
  expect(events).toEqual([{ sessionId: "a", acknowledgedRevision: 5, foundRevision: 3 }]);

  await roll(-2);
  await session.commit({ batchId: "6", ops: [] });
  expect(events.slice(1)).toEqual([{ sessionId: "a", acknowledgedRevision: 3, foundRevision: 2 }]);

  await roll(-1);
  await session.release();
  await openSession(backend);
  expect(events.slice(2)).toEqual([{ sessionId: "a", acknowledgedRevision: 2, foundRevision: 1 }]);
});

function signal(own: RedisServer, name: NodeJS.Signals): void {
  if (own.pid === undefined) throw new Error("the server does not run");
  process.kill(own.pid, name);
}

async function backendOnServer(
  prefix: string = newPrefix(),
  onRecovered: (event: object) => void = () => {},
) {
  const live = await connectTo("redis", server.port);
  onTestFinished(() => live[Symbol.asyncDispose]());
  const backend = await redisBackend(live.client, { prefix, onRecovered });
  return { backend, prefix, leaseKey: `${prefix}:{a}:lease` };
}

/** Reads as the store above does: again while the failure may pass. */
async function readSoon(session: BackendSession, type: string, id: string): Promise<string | null> {
  let values: readonly (Uint8Array | null)[] = [];
  await until("the record can be read", () =>
    succeeds(async () => {
      values = await session.read(type, [id]);
    }),
  );
  const [value] = values;
  return value === null || value === undefined ? null : Buffer.from(value).toString();
}

async function commitSoon(
  session: BackendSession,
  batch: Parameters<BackendSession["commit"]>[0],
): Promise<void> {
  await until("the commit is acknowledged", () => succeeds(() => session.commit(batch)));
}

async function succeeds(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Error && "retryable" in error && error.retryable === true) return false;
    throw error;
  }
}
