import { type AuthBackend, openAuthState } from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { redisBackend } from "@motte/auth-stores/backends/redis";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { migrate } from "@motte/auth-stores/migration";
import { CleanupStack } from "@motte/core/cleanup";
import { expect, test } from "vitest";
import type { Bot } from "../support/bot.ts";
import { type Stage, stage } from "../support/linked-bot.ts";
import { startRedis } from "../support/redis-server.ts";

/** Goes from every kind of store to every other one, once: twelve moves. */
const JOURNEY =
  "sqlite file sqlite redis sqlite memory file redis file memory redis memory sqlite".split(" ");
const MESSAGES = 12;
const sessionId = "bot";

/** Opens new, empty stores. */
async function storeMaker(cleanup: CleanupStack, set: Stage) {
  const redis = cleanup.use(await startRedis(["--appendonly", "yes"]));
  let count = 0;
  const open: Record<string, (name: string) => Promise<AuthBackend>> = {
    file: (name) => fileBackend(set.folder.file(name)),
    memory: async () => memoryBackend(),
    redis: (name) => redisBackend(redis.url, { prefix: name, durability: "process" }),
    sqlite: (name) => sqliteBackend(set.folder.file(`${name}.db`)),
  };
  return async (kind: string): Promise<AuthBackend> => {
    const backend = await open[kind]?.(`${kind}-${++count}`);
    if (backend === undefined) throw new Error(`No store of kind ${kind}`);
    return cleanup.use(backend);
  };
}

async function exchange(set: Stage, bot: Bot, label: string, count: number): Promise<void> {
  const sock = await bot.open();
  for (let number = 1; number <= count; number++) {
    const text = `${label} ${number}`;
    const { id } = await set.contact.say(set.phone, text);
    await expect(bot.hears(id)).resolves.toMatchObject({ text });
    await sock.sendMessage(set.contact.pn, { text: `re: ${text}` });
    await set.contact.receive({ where: (message) => message.text === `re: ${text}` });
  }
}

test(
  "a bot moves from every store to every other, and goes on without a QR",
  { timeout: 300_000 },
  async () => {
    // The stores outlive the bots of the stage, which give their sessions up when they end.
    await using cleanup = new CleanupStack();
    await using set = await stage();
    const newStore = await storeMaker(cleanup, set);
    const botOn = (backend: AuthBackend): Promise<Bot> =>
      set.startBot({
        openAuth: () => openAuthState({ backend, sessionId, create: "if-missing" }),
      });

    const [first, ...rest] = JOURNEY;
    let kind = first ?? "sqlite";
    let store = await newStore(kind);
    let bot = await botOn(store);
    await set.phone.scan(await bot.qr());
    await bot.synced();
    await exchange(set, bot, `on ${kind}`, MESSAGES);
    const seen = new Set([kind]);

    for (const next of rest) {
      await bot[Symbol.asyncDispose]();
      const target = await newStore(next);
      await migrate({ from: { backend: store, sessionId }, to: { backend: target, sessionId } });
      const abandoned = store;
      const moved = `${kind} to ${next}`;
      [store, kind] = [target, next];

      bot = await botOn(store);
      await exchange(set, bot, moved, seen.has(next) ? 1 : MESSAGES);
      seen.add(next);

      expect(bot.qrs).toEqual([]);
      await expect(openAuthState({ backend: abandoned, sessionId })).rejects.toMatchObject({
        code: "AUTH_STORE_MIGRATED",
      });
    }
    expect(set.phone.companions).toHaveLength(1);
  },
);
