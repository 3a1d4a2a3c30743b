import { systemClock } from "@motte/core/clock";
import { statSync } from "node:fs";
import { join } from "node:path";
import { openSqlite } from "@motte/core/sqlite";
import { silentLogger } from "@motte/core/logger";
import { BufferJSON, type WAMessage, makeEventBuffer } from "@whiskeysockets/baileys";
import {
  type BindStoresOptions,
  type MessageStore,
  bindStores,
  createIdentities,
  openMessageStore,
} from "@motte/store-kit";
import { type Figure, longestBlock } from "./figure.ts";
import { type RawTable, insertRaw, pastMessages, plainTable, sameTable } from "./messages.ts";

const CHUNKS = 20;
const PER_CHUNK = 5000;

/** A hundred thousand messages through Baileys' own event buffer, once and once more. */
export async function history(folder: string): Promise<readonly Figure[]> {
  const chunks = Array.from({ length: CHUNKS }, (_, n) => pastMessages(PER_CHUNK, n * PER_CHUNK));
  const rawFile = join(folder, "raw.db");
  const rawMs = insertedIn(await sameTable(rawFile), chunks);
  const plainMs = insertedIn(await plainTable(join(folder, "plain.db")), chunks);
  const jsonMs = await asJsonRows(join(folder, "json.db"), chunks);

  const identities = createIdentities();
  const play = async (store: MessageStore, options: BindStoresOptions = {}): Promise<void> => {
    const ev = makeEventBuffer(silentLogger);
    const binding = bindStores({ ev }, { identities, messages: store }, options);
    for (const chunk of chunks) {
      ev.emit("messaging-history.set", { chats: [], contacts: [], messages: chunk });
      // The next chunk has to come over the network first.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await binding.unbind();
  };
  const file = join(folder, "history.db");
  const messages = await openMessageStore({
    file,
    account: "bench",
    identities,
    keep: () => "body",
  });
  const first = await longestBlock(() => play(messages));
  await emptyLog(file);
  const again = await longestBlock(() => play(messages));
  const walBytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  await messages.close();
  await assertSameRows(rawFile, file);
  const roomy = await openMessageStore({
    file: join(folder, "roomy.db"),
    account: "bench",
    identities,
    keep: () => "body",
  });
  const asItCame = await longestBlock(() =>
    play(roomy, { history: { highWater: 1e9, hardWater: 1e9 } }),
  );
  await roomy.close();
  const beside = [
    { name: "the same rows, in transactions of 500", value: rawMs, unit: "ms" },
    { name: "half of their columns, and three of five indexes", value: plainMs, unit: "ms" },
    { name: "bindStores", value: first.tookMs, unit: "ms" },
    { name: "bindStores, none of it packed while it waits", value: asItCame.tookMs, unit: "ms" },
    { name: "the same again", value: again.tookMs, unit: "ms" },
    { name: "one JSON row per id, as in WABotJS", value: jsonMs, unit: "ms" },
  ];
  return [
    {
      what: "a history of 100,000 messages, beside a bulk insert of the same rows",
      measured: first.tookMs / rawMs,
      unit: "x",
      goal: 1.5,
      beside,
    },
    {
      what: "longest the event loop was blocked by it",
      measured: first.blockMs,
      unit: "ms",
      goal: 25,
    },
    {
      what: "written when the same 100,000 come again",
      measured: walBytes,
      unit: "bytes of WAL",
      goal: 0,
    },
  ];
}

function insertedIn(table: RawTable, chunks: readonly WAMessage[][]): number {
  const start = systemClock.monotonic();
  for (const chunk of chunks) insertRaw(table, chunk);
  const tookMs = systemClock.monotonic() - start;
  table.database.close();
  return tookMs;
}

/** What it is measured from is worth something only if the rows are the same, all but the sum in front of a body. */
async function assertSameRows(raw: string, stored: string): Promise<void> {
  const database = await openSqlite(stored);
  database.exec(`ATTACH '${raw}' AS raw`);
  const columns = "id, from_me, chat, chat_alt, sender, sender_alt, origin, kind, ts, flags";
  const rest = "expires_at, key_ext, edit_ts, edit_body, status, claims, waiting, counted";
  const different = database
    .prepare(
      `SELECT ${columns}, ${rest}, substr(body, 7) FROM main.message
       EXCEPT SELECT ${columns}, ${rest}, body FROM raw.message LIMIT 1`,
    )
    .get();
  const rows = database
    .prepare(
      "SELECT (SELECT count(*) FROM main.message) AS stored, (SELECT count(*) FROM raw.message) AS raw",
    )
    .get();
  database.close();
  if (
    different !== undefined ||
    rows?.["stored"] !== CHUNKS * PER_CHUNK ||
    rows["raw"] !== rows["stored"]
  ) {
    throw new Error(`The rows are not the same: ${JSON.stringify(different ?? rows)}`);
  }
}

async function asJsonRows(file: string, chunks: readonly WAMessage[][]): Promise<number> {
  const database = await openSqlite(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  database.exec("CREATE TABLE entries(key TEXT PRIMARY KEY, value TEXT)");
  const start = systemClock.monotonic();
  for (const { key, message } of chunks.flat()) {
    const put = database.prepare("INSERT OR REPLACE INTO entries VALUES (?, ?)");
    put.run(key.id ?? "", JSON.stringify(message, BufferJSON.replacer));
  }
  const tookMs = systemClock.monotonic() - start;
  database.close();
  return tookMs;
}

/** Leaves nothing of the log, which the thread of the store may be moving just now. */
async function emptyLog(file: string): Promise<void> {
  const database = await openSqlite(file);
  const empty = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  while (empty.get()?.["busy"] !== 0) await systemClock.sleep(10);
  database.close();
}
