// Sends every picture that it gets back to where it came from, as a bot of a user's would.
import makeWASocket, {
  DisconnectReason,
  downloadMediaMessage,
  fetchLatestBaileysVersion,
  useMultiFileAuthState,
} from "@whiskeysockets/baileys";

async function start() {
  const { state, saveCreds } = await useMultiFileAuthState("auth");
  const { version } = await fetchLatestBaileysVersion();
  const sock = makeWASocket({ version, auth: state });
  sock.ev.on("creds.update", saveCreds);
  sock.ev.on("connection.update", ({ connection, lastDisconnect }) => {
    if (connection !== "close") return;
    if (lastDisconnect.error.output.statusCode !== DisconnectReason.loggedOut) start();
  });
  sock.ev.on("messages.upsert", async ({ messages }) => {
    for (const message of messages) {
      if (!message.message?.imageMessage) continue;
      const image = await downloadMediaMessage(message, "buffer");
      await sock.sendMessage(message.key.remoteJid, { image, jpegThumbnail: "" });
    }
  });
}

start();
