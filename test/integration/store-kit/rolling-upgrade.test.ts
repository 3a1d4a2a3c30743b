import { readFile } from "node:fs/promises";
import { openSqlite } from "@motte/core/sqlite";
import { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { boundBot } from "../../support/bound-bot.ts";
import { runTypeScript } from "../../support/run-typescript.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const program = new URL("../../support/old-release.ts", import.meta.url);

const schema = new URL("../../../packages/store-kit/test/fixtures/schema-1.sql", import.meta.url);

test("a bot upgrades its stores while a process of the release before goes on with them, and neither loses anything", async () => {
  await using server = await MockServer.start();
  await using folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  const file = folder.file("stores.db");
  const first = await openSqlite(file);
  first.exec(await readFile(schema, "utf8"));
  first.close();
  await using old = runTypeScript(program, [file]);
  await old.prints((line) => line.startsWith("5 "));

  await using bot = await boundBot(server, folder, { file });
  const sock = await bot.link(phone);
  const written = old.lines.length;
  const { id } = await ben.say(phone, "to the new one");
  await bot.until("The message", () => bot.parts.chats.get(ben.pn)?.unread === 1);
  const sent = await sock.sendMessage(ben.pn, { text: "from the new one" });
  await old.prints((line) => line.startsWith(`${written + 50} `));
  // What it sees of others': theirs of the fixture, and Ben's.
  expect(old.lines.some((line) => line.endsWith(" 1"))).toBe(true);
  await old.prints((line) => line.endsWith(" 2"));
  await old[Symbol.asyncDispose]();

  const { messages } = bot.parts;
  const lost: string[] = [];
  for (const [count] of old.lines.entries()) {
    const key = { remoteJid: "5511999@s.whatsapp.net", fromMe: true, id: `OLD${count}` };
    const text = (await messages.getMessage(key))?.conversation;
    if (text !== "the bus leaves at nine") lost.push(key.id);
  }
  expect(lost).toEqual([]);
  expect(messages.load({ remoteJid: ben.pn, fromMe: false, id })).toBeDefined();
  expect(await messages.getMessage(sent?.key ?? {})).toBeDefined();
  const check = await openSqlite(file);
  expect(check.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  check.close();
  expect(bot.errors).toEqual([]);
});
