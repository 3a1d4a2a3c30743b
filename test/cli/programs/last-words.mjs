// A bot that answers one message and ends.
import makeWASocket, { useMultiFileAuthState } from "@whiskeysockets/baileys";

async function connectToWhatsApp() {
  const { state, saveCreds } = await useMultiFileAuthState("auth_info_baileys");
  const sock = makeWASocket({ auth: state });
  sock.ev.on("creds.update", saveCreds);
  sock.ev.on("connection.update", ({ connection }) => {
    if (connection === "close") connectToWhatsApp();
  });
  sock.ev.on("messages.upsert", async ({ messages }) => {
    const [{ key, message }] = messages;
    if (key.fromMe || !message?.conversation) return;
    await sock.sendMessage(key.remoteJid, { text: "bye" });
    process.exit();
  });
}

connectToWhatsApp();
