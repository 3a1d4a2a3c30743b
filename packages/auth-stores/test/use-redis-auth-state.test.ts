import { inspect } from "node:util";
import { type RedisAuthStateOptions, useRedisAuthState } from "@motte/auth-stores";
import { type RedisWarning, redisBackend } from "@motte/auth-stores/backends/redis";
import { Redis } from "ioredis";
import { createClient, createClientPool } from "redis";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type RedisServer,
  redisCommand,
  startRedis,
  until,
} from "../../../test/support/redis-server.ts";
import { openSession, putOp } from "./support/backend-calls.ts";
import { connectTo, libraries } from "./support/redis-clients.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis(["--save", ""]);
});
afterAll(() => server[Symbol.asyncDispose]());

const REFUSED = { code: "USAGE_INVALID_OPTION" };

test.each(libraries)(
  "a session is kept behind a URL with %s, whose connection ends",
  async (library) => {
    const options: RedisAuthStateOptions = { library, prefix: library, sessionId: "acme" };
    const before = await clients();
    const { state, saveCreds, close } = await useRedisAuthState(server.url, options);
    state.creds.me = { id: "1@s.whatsapp.net" };
    await saveCreds();
    await state.keys.set({ "device-list": { "1": ["0", "3"] } });
    await expect(useRedisAuthState(server.url, options)).rejects.toMatchObject({
      code: "AUTH_STORE_IN_USE",
    });
    await close();
    await until("the connections are gone", async () => (await clients()) <= before);

    await using again = await useRedisAuthState(server.url, { ...options, create: "never" });
    expect(again.state.creds.me?.id).toBe("1@s.whatsapp.net");
    expect(await again.state.keys.get("device-list", ["1"])).toEqual({ "1": ["0", "3"] });
  },
);

test.each(libraries)("a live client of %s is used and left open", async (library) => {
  await using live = await connectTo(library, server.port);
  const prefix = `live ${library}`;
  await (await useRedisAuthState(live.client, { prefix })).close();
  await using again = await useRedisAuthState(live.client, { prefix, create: "never" });

  expect(again.state.creds.registered).toBe(false);
});

test("a server that is not there is unavailable, not empty", async () => {
  const gone = await startRedis();
  await gone[Symbol.asyncDispose]();
  for (const library of libraries) {
    await expect(useRedisAuthState(gone.url, { library })).rejects.toMatchObject({
      code: "AUTH_STORE_UNAVAILABLE",
      retryable: true,
    });
  }
});

test("clients and options that cannot work are refused before anything is written", async () => {
  const prefixed = new Redis(server.port, "127.0.0.1", { keyPrefix: "app:", lazyConnect: true });
  const unconnected = createClient({ url: server.url });
  const pool = createClientPool({ url: server.url });
  for (const client of [prefixed, unconnected, pool, {}, null]) {
    // What a caller in JavaScript may pass.
    await expect(useRedisAuthState(client as Redis)).rejects.toMatchObject(REFUSED);
  }
  for (const url of ["", "http://127.0.0.1", "127.0.0.1:6379"]) {
    await expect(useRedisAuthState(url)).rejects.toMatchObject(REFUSED);
  }
  for (const wrong of [
    { prefix: "" },
    { prefix: "a{b}" },
    { commandTimeoutMs: 0 },
    { minReplicas: -1 },
    { durability: "none" },
    { unsafeServer: "ignore" },
    { library: "redis-4" },
  ]) {
    const options = wrong as RedisAuthStateOptions;
    await expect(useRedisAuthState(server.url, options)).rejects.toMatchObject(REFUSED);
  }
  await expect(useRedisAuthState(server.url, { sessionId: "" })).rejects.toMatchObject(REFUSED);
});

test("no error shows a key, a value or a password", async () => {
  await using guarded = await startRedis(["--save", "", "--requirepass", "right-password"]);
  const wrong = `redis://:wrong-password@127.0.0.1:${guarded.port}`;
  for (const library of libraries) {
    const refused = await useRedisAuthState(wrong, { library }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "AUTH_STORE_UNAVAILABLE" });
    expect(inspect(refused, { depth: 9 })).not.toContain("wrong-password");

    await using live = await connectTo(library, server.port);
    const backend = await redisBackend(live.client, { prefix: `secret ${library}` });
    const session = await openSession(backend);
    await redisCommand(server.port, `SET "secret ${library}:{a}:k:session" x`);
    const failed = await session
      .read("session", ["5511999990000.0"])
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "AUTH_STORE_CORRUPT" });
    expect(inspect(failed, { depth: 9 })).not.toContain("5511999990000");
  }
});

test("a server that may drop records is refused, or used with a warning if the caller says so", async () => {
  await using evicting = await startRedis(["--save", "", "--maxmemory-policy", "allkeys-lru"]);
  await expect(useRedisAuthState(evicting.url)).rejects.toMatchObject(REFUSED);
  await expect(useRedisAuthState(evicting.url)).rejects.toThrow("noeviction");
  expect(await redisCommand(evicting.port, "DBSIZE")).toBe(":0");

  const warnings: RedisWarning["code"][] = [];
  await using auth = await useRedisAuthState(evicting.url, {
    unsafeServer: "warn",
    onWarning: ({ code }) => warnings.push(code),
  });
  expect(auth.state.creds.registered).toBe(false);
  expect(warnings).toEqual(["evicting", "no-append-log"]);
});

test('a server that cannot keep durability "commit" is refused, or known not to keep it', async () => {
  const durability = "commit";
  await using everySecond = await startRedis(["--save", "", "--appendonly", "yes"]);
  for (const { port } of [server, everySecond]) {
    await using live = await connectTo("redis", port);
    await expect(redisBackend(live.client, { durability })).rejects.toMatchObject(REFUSED);
    const backend = await redisBackend(live.client, { durability, unsafeServer: "warn" });
    expect(backend.capabilities.durability).toBe("process");
  }
  await using alone = await connectTo("redis", server.port);
  const backend = await redisBackend(alone.client, {
    durability,
    minReplicas: 1,
    commandTimeoutMs: 2000,
  });
  expect(backend.capabilities.durability).toBe("commit");
  await expect(openSession(backend)).rejects.toMatchObject({ code: "AUTH_STORE_UNAVAILABLE" });
});

test.each(libraries)(
  'with "commit" on %s everything acknowledged survives the server\'s SIGKILL',
  async (library) => {
    await using durable = await startRedis([
      "--save",
      "",
      "--appendonly",
      "yes",
      "--appendfsync",
      "always",
    ]);
    await using live = await connectTo(library, durable.port);
    const backend = await redisBackend(live.client, { durability: "commit" });
    expect(backend.capabilities.durability).toBe("commit");
    const session = await openSession(backend);

    for (let round = 0; round < 3; round++) {
      let acknowledged = -1;
      const stop = new AbortController();
      const writing = (async () => {
        for (let n = 0; !stop.signal.aborted; n++) {
          await session.commit({ batchId: `${round} ${n}`, ops: [putOp("t", `${round}`, `${n}`)] });
          acknowledged = n;
        }
      })().catch(() => undefined);
      await until("some commits are acknowledged", async () => acknowledged > 20);
      await durable.kill();
      stop.abort();
      await durable.restart();
      await writing;

      let stored = -1;
      await until("the record can be read", async () => {
        const values = await session.read("t", [`${round}`]).catch(() => undefined);
        stored = Number(Buffer.from(values?.[0] ?? []).toString() || -1);
        return values !== undefined;
      });
      expect(stored).toBeGreaterThanOrEqual(acknowledged);
    }
  },
);

test("on Redis 7.2 a commit waits for the disk, and fails when the server does not confirm it", async () => {
  // The server here is older, so its answers about itself are made up.
  const real = new Redis(server.port, "127.0.0.1");
  const sent: string[] = [];
  let confirmed = [1, 0];
  const newer = {
    status: "ready",
    on: () => {},
    callBuffer: async (command: string, ...args: (string | Buffer)[]): Promise<unknown> => {
      sent.push([command, ...args.slice(0, 2)].join(" "));
      if (command === "WAITAOF") return confirmed;
      const reply: unknown = await real.callBuffer(command, ...args);
      if (command !== "INFO") return reply;
      return Buffer.from(
        String(reply)
          .replace(/redis_version:.*/, "redis_version:7.2.4")
          .replace("aof_enabled:0", "aof_enabled:1"),
      );
    },
  };
  const backend = await redisBackend(newer, { durability: "commit", prefix: "newer" });
  expect(backend.capabilities.durability).toBe("commit");
  const session = await openSession(backend);
  const before = sent.length;

  await session.commit({ batchId: "1", ops: [putOp("t", "1", "x")] });
  expect(sent.slice(before).at(-1)).toBe("WAITAOF 1 0");

  confirmed = [0, 0];
  await expect(session.commit({ batchId: "2", ops: [] })).rejects.toMatchObject({
    code: "AUTH_STORE_UNAVAILABLE",
    retryable: true,
  });
  real.disconnect();
});

async function clients(): Promise<number> {
  return (await redisCommand(server.port, "CLIENT LIST", 2))
    .split("\n")
    .filter((line) => line.startsWith("id=")).length;
}
