// A bot on a bad network, with the server played here: connections are cut, refused and fall silent, and every message is
// still answered once. Nothing of this is in the bot: `supervise` reads why each connection ended and makes the next one.
import { makeWASocket } from "@whiskeysockets/baileys";
import { useMemoryAuthState } from "@motte/auth-stores";
import { silentLogger } from "@motte/core/logger";
import { MockServer } from "@motte/mock-server";
import { supervise } from "@motte/reconnect";

// The libsignal inside Baileys prints Signal sessions here, private keys and all.
console.info = () => {};

const server = await MockServer.start({ seed: "bad network" });
const phone = server.phone({ name: "Bot" });
const ana = server.contact({ name: "Ana" });

const auth = await useMemoryAuthState();
const config = { ...server.baileysConfig(), auth: auth.state, logger: silentLogger };
const bot = supervise(
  () => makeWASocket({ ...config, makeSignalRepository: auth.makeSignalRepository }),
  { saveCreds: auth.saveCreds },
);
bot.onQR(({ qr }) => void phone.scan(qr));
bot.onClose(({ disconnect }) => console.log(`  lost: ${disconnect.cause}`));
bot.onOpen(() => console.log("  open"));
bot.ev.on("messages.upsert", ({ messages }) => {
  for (const { key, message } of messages) {
    const { remoteJid: chat, fromMe } = key;
    const text = message?.conversation;
    if (!chat || !text || fromMe) continue;
    bot
      .execute(({ sock }) => sock.sendMessage(chat, { text: `heard: ${text}` }))
      .catch(console.error);
  }
});

/** Ana writes once the trouble is there, and waits for the answer. */
async function talk(about: string): Promise<void> {
  await ana.say(phone, about);
  const { text } = await ana.receive({ timeoutMs: 60_000 });
  console.log(`  Ana got "${text}"`);
}

console.log("linked, and connected anew as WhatsApp asks for it:");
await bot.start();
await bot.whenReady();
await talk("hello");

console.log("the connection is cut:");
server.fault("cut");
await talk("after the cut");

console.log("the server is busy:");
server.fault("stream-error", { code: 503 });
await talk("after the 503");

console.log("the connection is cut, and the next two are refused:");
server.fault("upgrade-status", { status: 503, times: 2 });
server.fault("cut");
await talk("after two refusals");

console.log("the account logs the bot out:");
const gaveUp = new Promise<string>((resolve) => bot.onGiveUp(({ sentence }) => resolve(sentence)));
await phone.logOutCompanions();
console.log(`  ${await gaveUp}`);

await bot.stop();
await server.close();
process.exit(); // Baileys leaves timers of up to a minute behind.
