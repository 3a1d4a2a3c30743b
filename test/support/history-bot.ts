/**
 * A bot with a durable history, in a process that ends itself by SIGKILL once all of the history is on its disk and
 * some of it is not in its stores yet. Started again, it takes in what is left, and says what is stored then.
 */
import { writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { makeWASocket } from "@whiskeysockets/baileys";
import { useSqliteAuthState } from "@motte/auth-stores";
import { silentLogger } from "@motte/core/logger";
import { supervise } from "@motte/reconnect";
import {
  bindStores,
  chatStore,
  createIdentities,
  openHistorySpool,
  openMessageStore,
  openTables,
} from "@motte/store-kit";

// The libsignal inside Baileys prints Signal sessions here.
// oxlint-disable-next-line no-console -- there is no test here that could spy on it.
console.info = () => {};

const [, , url = "", expected = "0"] = process.argv;
const account = "bot";
const file = "stores.db";
const auth = await useSqliteAuthState("auth.db");
const spool = await openHistorySpool({ file, account });
const tables = await openTables({ file, account });
const { me } = auth.state.creds;
const identities = createIdentities({ tables, ...(me && { me }) });
const messages = await openMessageStore({ file, account, identities, keep: () => "body" });
const chats = chatStore({ identities, tables });
const bot = supervise(
  () => {
    const sock = makeWASocket({
      waWebSocketUrl: url,
      logger: silentLogger,
      auth: auth.state,
      makeSignalRepository: auth.makeSignalRepository,
      getMessage: messages.getMessage,
    });
    binding.attach(sock);
    return sock;
  },
  { saveCreds: auth.saveCreds },
);
const binding = bindStores(bot, { identities, messages, chats }, { spool, durableHistory: true });
const say = (...words: readonly unknown[]): void => void writeSync(1, `${words.join(" ")}\n`);

let told = 0;
bot.onQR(({ qr }) => say("qr", qr));
bot.ev.process((events) => {
  told += events["messaging-history.set"]?.messages.length ?? 0;
  for (const { key } of events["messages.upsert"]?.messages ?? []) say("stored", key.id);
});
await bot.start();
if (Number(expected) > 0) {
  while (told < Number(expected) || binding.stats().bytes.decoded > 0) await setImmediate();
  const { done, total } = binding.stats().history;
  say("left", total - done);
  process.kill(process.pid, "SIGKILL");
}

await bot.whenOpen({ timeoutMs: 100_000 });
await binding.drain();
for (const { jid, unread } of chats.page({ limit: 1000 }).chats) {
  const stored: string[] = [];
  let before: string | undefined;
  do {
    const page = messages.page(jid, { limit: 1000, ...(before && { before }) });
    stored.push(...page.messages.map(({ key }) => key.id ?? ""));
    ({ before } = page);
  } while (before !== undefined);
  say("chat", JSON.stringify({ jid, unread, stored }));
}
await bot.stop();
say("end");
process.exit();
