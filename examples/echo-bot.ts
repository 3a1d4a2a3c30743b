import { DEFAULT_CONNECTION_CONFIG, makeWASocket } from "@whiskeysockets/baileys";
import { renderUnicodeCompact } from "uqr";
import { useSqliteAuthState } from "@motte/auth-stores";
import { supervise } from "@motte/reconnect";
import { baileysCaches, openMessageStore } from "@motte/store-kit";

// The libsignal inside Baileys prints Signal sessions here, private keys and all.
console.info = () => {};

const logger = DEFAULT_CONNECTION_CONFIG.logger.child({});
logger.level = "warn";

const auth = await useSqliteAuthState("auth.db");
const store = await openMessageStore({ file: "messages.db", account: "echo" });
const config = {
  logger,
  waWebSocketUrl: process.env["WA_URL"] ?? DEFAULT_CONNECTION_CONFIG.waWebSocketUrl,
  auth: auth.state,
  makeSignalRepository: auth.makeSignalRepository,
  getMessage: store.getMessage,
  ...baileysCaches({ account: "echo" }),
};

const bot = supervise(() => makeWASocket(config), { saveCreds: auth.saveCreds });
store.bind(bot.ev);
bot.onOpen(({ sock }) => store.instrumentSends(sock));
bot.onQR(({ qr }) => console.log(`${renderUnicodeCompact(qr)}\n${qr}`));
bot.onHold(({ sentence }) => console.log(sentence));
bot.onInternalError(({ where, error }) => console.error(where, error));
bot.ev.on("messages.upsert", ({ messages }) => {
  for (const { key, message } of messages) {
    const { remoteJid: chat, fromMe } = key;
    const text = message?.conversation;
    if (!chat || !text || fromMe) continue;
    bot.execute(({ sock }) => sock.sendMessage(chat, { text })).catch(console.error);
  }
});
await bot.start();
