import { type AuthBackend, openAuthState } from "@motte/auth-stores";
import { redisBackend } from "@motte/auth-stores/backends/redis";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type RedisServer,
  redisCommand,
  startRedis,
} from "../../../../test/support/redis-server.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis(["--save", ""]);
});
afterAll(() => server[Symbol.asyncDispose]());

async function paired(prefix: string): Promise<void> {
  await using backend = await redisBackend(server.url, { prefix });
  await using auth = await openAuthState({ backend, sessionId: "acme", create: "if-missing" });
  auth.state.creds.nextPreKeyId = 7;
  await auth.saveCreds();
  await auth.keys.set({ "device-list": { "15550001": ["0"] } });
}

const opening = {
  owner: "a tool",
  leaseMs: 60_000,
  create: false,
  isKnownDead: () => false,
} as const;

async function stored(prefix: string): Promise<string> {
  const asked = [
    "DBSIZE",
    `EXISTS ${prefix}:idx`,
    `HGETALL ${prefix}:{acme}:meta`,
    `GET ${prefix}:{acme}:lease`,
  ];
  const answers = asked.map((command) => redisCommand(server.port, command, 2));
  return (await Promise.all(answers)).join();
}

test("what is opened to be read is read, and nothing about it changes", async () => {
  await paired("read");
  // An index that is lost is made anew by whoever lists, but not by this one.
  await redisCommand(server.port, "DEL read:idx");
  const before = await stored("read");
  await using backend = await redisBackend(server.url, { prefix: "read", readOnly: true });

  const names: string[] = [];
  for await (const { sessionId } of backend.list()) names.push(sessionId);
  const session = await backend.open("acme", opening);
  const creds = Buffer.from((await session.readCreds()) ?? []).toString();
  const records: string[] = [];
  for await (const [id] of session.scan("device-list")) records.push(id);
  const renewed = await session.renew();
  await expect(session.commit({ batchId: "1", ops: [] })).rejects.toThrow(/readOnly/);
  await expect(backend.delete("acme", opening)).rejects.toThrow(/readOnly/);
  await session.release();

  expect([names, creds, records, renewed]).toEqual([
    ["acme"],
    expect.stringMatching(/"nextPreKeyId":7\b/),
    ["15550001"],
    "renewed",
  ]);
  expect(await stored("read")).toBe(before);
});

test("a session that somebody has open, and one that is not there, are refused", async () => {
  await paired("refused");
  await using bots = await redisBackend(server.url, { prefix: "refused" });
  await using backend = await redisBackend(server.url, { prefix: "refused", readOnly: true });
  const refusal = async (of: AuthBackend, name: string): Promise<unknown> =>
    of.open(name, opening).catch((error: unknown) => error);

  expect(await refusal(backend, "nobody")).toMatchObject({ code: "AUTH_STORE_NOT_FOUND" });
  const bot = await bots.open("acme", { ...opening, owner: "a bot" });
  expect(await refusal(backend, "acme")).toMatchObject({ code: "AUTH_STORE_IN_USE" });
  // Left behind by one that is known to be dead, it is no obstacle.
  const session = await backend.open("acme", { ...opening, isKnownDead: () => true });
  expect(await session.readCreds()).not.toBeNull();
  await bot.release();

  // Somebody has acquired it or given it up since: what is read from now on may be of two times.
  await expect(session.types()).rejects.toMatchObject({ code: "AUTH_STORE_FENCED" });
  expect(await session.renew()).toBe("lost");
});
