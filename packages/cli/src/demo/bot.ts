// The demo's bot: what a user would compose, plus reports to the demo over the process's IPC channel.
import { join } from "node:path";
import { type WAMessage, makeWASocket } from "@whiskeysockets/baileys";
import { useSqliteAuthState } from "@motte/auth-stores";
import { silentLogger } from "@motte/core/logger";
import { supervise } from "@motte/reconnect";
import { baileysCaches, openMessageStore } from "@motte/store-kit";
import type { BotReport, BotRequest } from "./bot-messages.ts";

const [url = "", folder = ""] = process.argv.slice(2);
const report = (message: BotReport): void => void process.send?.(message);

const auth = await useSqliteAuthState(join(folder, "auth.db"));
const messages = await openMessageStore({ file: join(folder, "messages.db"), account: "demo" });
const caches = baileysCaches({ account: "demo" });

const bot = supervise(
  () =>
    makeWASocket({
      waWebSocketUrl: url,
      logger: silentLogger,
      auth: auth.state,
      makeSignalRepository: auth.makeSignalRepository,
      getMessage: async (key) => {
        const found = await messages.getMessage(key);
        if (found !== undefined && key.id) report({ type: "answered-retry", id: key.id });
        return found;
      },
      ...caches,
      // Without the in-memory cache of recent messages, retries can only be answered from the store.
      enableRecentMessageCache: false,
    }),
  { saveCreds: auth.saveCreds },
);
bot.onOpen(({ sock }) => messages.instrumentSends(sock));
messages.bind(bot.ev);

bot.ev.on("messages.upsert", ({ messages: received }) => {
  for (const message of received) {
    const text = textOf(message);
    const { id, fromMe } = message.key;
    if (text !== undefined && id && !fromMe) report({ type: "message", id, text });
  }
});
bot.onQR(({ qr }) => report({ type: "qr", qr }));
bot.onOpen(({ generation }) => report({ type: "open", generation }));
bot.onClose(({ disconnect }) => report({ type: "closed", cause: disconnect.cause }));
bot.onHold(({ sentence }) => void giveUp(sentence));
bot.onInternalError(({ error }) => fail(error));
bot.onGiveUp(({ sentence }) => void giveUp(sentence));

process.on("message", (request: BotRequest) => {
  if (request.type === "stop") void shutDown();
  else void send(request.to, request.text).catch(fail);
});
process.once("disconnect", () => void shutDown());

void bot.start();

async function send(to: string, text: string): Promise<void> {
  const sent = await bot.execute(({ sock }) => sock.sendMessage(to, { text }));
  if (sent?.key.id) report({ type: "sent", id: sent.key.id, text });
}

async function giveUp(sentence: string): Promise<void> {
  report({ type: "gave-up", sentence });
  await shutDown();
}

async function shutDown(): Promise<void> {
  await bot.stop();
  await auth.close();
  await messages.close();
  if (process.connected) process.disconnect();
  // Baileys leaves timers of up to 30 s behind (pre-key upload); nothing of ours is open any more.
  process.exit(0);
}

function fail(error: unknown): void {
  report({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
}

function textOf(message: WAMessage): string | undefined {
  return message.message?.conversation ?? message.message?.extendedTextMessage?.text ?? undefined;
}
