// Moves the login of a bot from the folder of useMultiFileAuthState into Redis while the bot runs: it is away for as long
// as a reconnect takes, what is sent to it meanwhile waits at the server, and started again it is in Redis already.
import { DEFAULT_CONNECTION_CONFIG, makeWASocket } from "@whiskeysockets/baileys";
import { createClient } from "redis";
import { openAuthState } from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { redisBackend } from "@motte/auth-stores/backends/redis";
import { type SessionPlace, migrate } from "@motte/auth-stores/migration";
import { hasCode } from "@motte/core/errors";
import { type Stoppable, stopOnSignals, supervise } from "@motte/reconnect";

console.info = () => {}; // libsignal prints Signal sessions here, private keys and all
const logger = DEFAULT_CONNECTION_CONFIG.logger.child({});
logger.level = "warn";
const waWebSocketUrl = process.env["WA_URL"] ?? DEFAULT_CONNECTION_CONFIG.waWebSocketUrl;
const client = createClient({ url: process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379" });
client.on("error", (error) => console.error("Redis:", error));
await client.connect();

const folder: SessionPlace = { backend: await fileBackend("auth"), sessionId: "default" };
const redis: SessionPlace = { backend: await redisBackend(client), sessionId: "bot" };

async function run(place: SessionPlace) {
  const auth = await openAuthState({ ...place, create: "never" });
  const config = { logger, auth: auth.state, makeSignalRepository: auth.makeSignalRepository };
  const bot = supervise(() => makeWASocket({ ...config, waWebSocketUrl }), {
    saveCreds: auth.saveCreds,
  });
  auth.onFenced(() => void bot.stop());
  bot.onHold(({ sentence }) => console.log(sentence));
  bot.ev.on("messages.upsert", ({ messages }) => {
    for (const { key, message } of messages) {
      const { remoteJid: chat, fromMe } = key;
      const text = message?.conversation;
      if (!chat || !text || fromMe) continue;
      bot.execute(({ sock }) => sock.sendMessage(chat, { text })).catch(console.error);
    }
  });
  await bot.start();
  const stop = async (): Promise<void> => {
    await bot.stop();
    await auth.close();
  };
  return { bot, stop };
}

let bot: Stoppable;
stopOnSignals({ stop: () => bot.stop() });
const moved = await run(redis).catch((error: unknown) => {
  if (hasCode(error, "AUTH_STORE_NOT_FOUND") || hasCode(error, "AUTH_STORE_IMPORTING")) return;
  throw error;
});
if (moved) {
  bot = moved;
  console.log("runs on Redis");
} else {
  const before = await run(folder);
  bot = before;
  await before.bot.whenReady();
  console.log("runs on the folder, moves to Redis");
  await before.stop();
  const place = await migrate({ from: folder, to: redis }).then(
    () => redis,
    (error: unknown) => {
      console.error("stays on the folder:", error);
      return folder;
    },
  );
  const after = await run(place);
  bot = after;
  await after.bot.whenOpen();
  console.log(place === redis ? "runs on Redis" : "runs on the folder");
}
