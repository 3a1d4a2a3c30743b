// Many accounts in one process, named on the command line: they share one file of logins, one file of messages, and one
// fleet, which lets them connect one after the other.
import { DEFAULT_CONNECTION_CONFIG, makeWASocket } from "@whiskeysockets/baileys";
import { openAuthState } from "@motte/auth-stores";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { type Stoppable, fileStateStore, fleet, stopOnSignals, supervise } from "@motte/reconnect";
import { baileysCaches, openMessageStore } from "@motte/store-kit";

// The libsignal inside Baileys prints Signal sessions here, private keys and all.
console.info = () => {};

const logger = DEFAULT_CONNECTION_CONFIG.logger.child({});
logger.level = "warn";

const names = process.argv.slice(2);
if (names.length === 0) throw new Error("name the accounts: many-accounts.ts ada ben");
const waWebSocketUrl = process.env["WA_URL"] ?? DEFAULT_CONNECTION_CONFIG.waWebSocketUrl;
const backend = await sqliteBackend("auth.db");
const admission = fleet({ ratePerSecond: 5 });

async function startAccount(name: string): Promise<Stoppable> {
  const auth = await openAuthState({ backend, sessionId: name, create: "if-missing" });
  const store = await openMessageStore({ file: "messages.db", account: name });
  const config = {
    logger,
    waWebSocketUrl,
    auth: auth.state,
    makeSignalRepository: auth.makeSignalRepository,
    getMessage: store.getMessage,
    ...baileysCaches({ account: name }),
  };
  const bot = supervise(() => makeWASocket(config), {
    saveCreds: auth.saveCreds,
    state: fileStateStore(`${name}.json`), // a restart is no way round a wait
    admission,
    accountId: name,
  });
  store.bind(bot.ev);
  bot.onQR(({ qr }) => console.log(`${name} is to scan ${qr}`));
  bot.onOpen(({ sock }) => {
    store.instrumentSends(sock);
    console.log(`${name} is open`);
  });
  bot.onHold(({ sentence }) => console.log(`${name}: ${sentence}`));
  bot.onInternalError(({ where, error }) => console.error(name, where, error));
  bot.ev.on("messages.upsert", ({ messages }) => {
    for (const { key, message } of messages) {
      const { remoteJid: chat, fromMe } = key;
      if (!chat || !message?.conversation || fromMe) continue;
      const text = `${name} heard: ${message.conversation}`;
      bot.execute(({ sock }) => sock.sendMessage(chat, { text })).catch(console.error);
    }
  });
  await bot.start();
  return {
    async stop() {
      await bot.stop();
      await auth.close();
      await store.close();
    },
  };
}

// An account that cannot start, because its login is damaged or in use, keeps none of the others from it.
const started = await Promise.allSettled(names.map(startAccount));
for (const outcome of started) if (outcome.status === "rejected") console.error(outcome.reason);
stopOnSignals(started.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : [])));
