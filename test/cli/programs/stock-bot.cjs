// The same bot as a CommonJS program, pairing by code as Baileys' documentation has it.
const {
  default: makeWASocket,
  DisconnectReason,
  useMultiFileAuthState,
} = require("@whiskeysockets/baileys");

async function start() {
  const { state, saveCreds } = await useMultiFileAuthState("auth");
  const sock = makeWASocket({ auth: state });
  sock.ev.on("creds.update", saveCreds);
  sock.ev.on("connection.update", async ({ connection, lastDisconnect, qr }) => {
    if (qr && !sock.authState.creds.pairingCode) {
      console.log("pairing code:", await sock.requestPairingCode("15550001234"));
    }
    if (connection === "open") console.log("opened connection as", sock.user.id);
    if (connection !== "close") return;
    if (lastDisconnect.error.output.statusCode !== DisconnectReason.loggedOut) start();
  });
  sock.ev.on("messages.upsert", async ({ messages }) => {
    for (const { key, message } of messages) {
      if (key.fromMe || !message?.conversation) continue;
      await sock.sendMessage(key.remoteJid, { text: message.conversation.toUpperCase() });
    }
  });
}

start();
