// What the stores rest on fails, and Baileys goes on.
import { writeFile } from "node:fs/promises";
import { CleanupStack } from "@motte/core/cleanup";
import { openSqlite } from "@motte/core/sqlite";
import { MockServer } from "@motte/mock-server";
import { redisKV } from "@motte/store-kit";
import { expect, test } from "vitest";
import { connectTo } from "../../../packages/store-kit/test/support/kv-places.ts";
import { type BoundBotOptions, boundBot } from "../../support/bound-bot.ts";
import { startRedis } from "../../support/redis-server.ts";
import { runTypeScript } from "../../support/run-typescript.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const program = new URL("../../support/hold-lock.ts", import.meta.url);

async function adaAndBen(options: BoundBotOptions = {}) {
  const cleanup = new CleanupStack();
  const server = cleanup.use(await MockServer.start());
  const folder = cleanup.use(await temporaryFolder());
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  const cleo = server.contact({ name: "Cleo" });
  const bot = cleanup.use(await boundBot(server, folder, options));
  const sock = await bot.link(phone);
  const codes = (): ReadonlySet<unknown> =>
    new Set(bot.errors.map((error) => ("code" in error ? error.code : error)));
  return {
    server,
    folder,
    phone,
    ben,
    cleo,
    bot,
    sock,
    codes,
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}

test("with a Redis that stands still, is gone, or comes and goes, a bot sends, sends again and sends files as without", async () => {
  await using redis = await startRedis(["--save", ""]);
  await using folder = await temporaryFolder();
  await using connection = await connectTo("redis", redis.port);
  await using set = await adaAndBen({ l2: redisKV(connection.client, { prefix: "bot" }) });
  const { bot, sock, ben, server } = set;
  const url = folder.file("picture");
  await writeFile(url, Buffer.alloc(1000, 1));
  // Each of the caches: devices, uploads, and how often a message was asked for.
  const use = async (text: string): Promise<void> => {
    const sent = await sock.sendMessage(ben.pn, { text });
    const id = sent?.key.id ?? "";
    const isIt = { where: (message: { id: string }) => message.id === id, timeoutMs: 60_000 };
    await ben.receive(isIt);
    await sock.sendMessage(ben.pn, { image: { url }, caption: text, jpegThumbnail: "" });
    const { message } = await ben.receive({ timeoutMs: 60_000 });
    expect(message.imageMessage?.caption).toBe(text);
    expect(server.media.download(message)).toHaveLength(1000);
    ben.askAgain(id);
    await ben.receive(isIt);
  };

  await use("with it");
  if (redis.pid === undefined) throw new Error("There is no redis-server");
  process.kill(redis.pid, "SIGSTOP");
  await use("while it stands still");
  process.kill(redis.pid, "SIGCONT");
  await redis.kill();
  await use("without it");
  await redis.restart();
  const using = use("as it comes");
  await redis.restart();
  await using;
  await use("when it is back");

  expect(bot.answered).toHaveLength(5);
  expect(server.media.files).toHaveLength(1);
  expect([...set.codes()].filter((code) => !String(code).startsWith("STORE_KIT_"))).toEqual([]);
}, 240_000);

test("while another process keeps the stores' file locked, a bot goes on and reads; afterwards it writes again", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("stores.db");
  const database = await openSqlite(file);
  await using set = await adaAndBen({ database });
  const { bot, sock, phone, ben, cleo } = set;
  // As long as SQLite waits, nothing else runs.
  database.exec("PRAGMA busy_timeout = 50");
  const before = await sock.sendMessage(ben.pn, { text: "before" });
  await ben.receive();
  await using other = runTypeScript(program, [file]);
  await other.prints((line) => line === "locked");

  const { id } = await ben.say(phone, "meanwhile");
  await ben.delivered(id);
  const sent = await sock.sendMessage(ben.pn, { text: "sent meanwhile" });
  expect((await ben.receive()).id).toBe(sent?.key.id);
  expect((await bot.parts.messages.getMessage(before?.key ?? {}))?.extendedTextMessage?.text).toBe(
    "before",
  );
  other.child.stdin?.write("let go\n");
  expect(await other.ended).toBe(0);
  await cleo.say(phone, "after");
  await bot.until("What came after", () => bot.parts.chats.get(cleo.pn)?.unread === 1);

  expect(bot.parts.messages.page(cleo.pn).messages).toHaveLength(1);
  expect(set.codes()).toEqual(new Set(["STORE_KIT_UNAVAILABLE"]));
  database.close();
});

test("on a disk that is full a bot goes on and reads, and writes again when there is room", async () => {
  await using folder = await temporaryFolder();
  const database = await openSqlite(folder.file("stores.db"));
  await using set = await adaAndBen({ database });
  const { bot, sock, phone, ben, cleo } = set;
  const before = await sock.sendMessage(ben.pn, { text: "before" });
  await ben.receive();
  const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
  database.exec(`PRAGMA max_page_count = ${pages}`);

  const long = "x".repeat(20_000);
  const { id } = await ben.say(phone, long);
  await ben.delivered(id);
  await bot.until("That it does not fit", () => bot.errors.length > 0);
  const sent = await sock.sendMessage(ben.pn, { text: long });
  expect((await ben.receive()).id).toBe(sent?.key.id);
  const { messages } = bot.parts;
  expect((await messages.getMessage(before?.key ?? {}))?.extendedTextMessage?.text).toBe("before");
  expect(await messages.getMessage(sent?.key ?? {})).toBeUndefined();
  database.exec("PRAGMA max_page_count = 1000000");
  await cleo.say(phone, long);
  await bot.until("What came after", () => bot.parts.chats.get(cleo.pn)?.unread === 1);

  expect(messages.page(cleo.pn).messages).toHaveLength(1);
  expect(set.codes()).toEqual(new Set(["STORE_KIT_UNAVAILABLE"]));
  expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  database.close();
});
