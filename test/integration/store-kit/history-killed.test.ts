import { systemClock } from "@motte/core/clock";
import { type Contact, MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { runTypeScript } from "../../support/run-typescript.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const program = new URL("../../support/history-bot.ts", import.meta.url);

const CHATS = 20;
const PER_CHAT = 500;

test("a bot that is killed while it takes in a long history, and people write, has all of it when it is back", async () => {
  await using server = await MockServer.start();
  await using folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const people = Array.from({ length: CHATS }, (_, n) => server.contact({ name: `Friend ${n}` }));
  for (const person of people) {
    const chat = phone.history.chat(person, { unreadCount: 0 });
    for (let n = 0; n < PER_CHAT; n++) {
      // Younger than the life of a message.
      chat.message({ id: `${person.name} ${n}`, text: `${n}`, at: systemClock.now() - 3_600_000 });
    }
  }
  const [friend] = people;
  if (friend === undefined) throw new Error("There is nobody");

  const cwd = folder.path;
  await using killed = runTypeScript(program, [server.url, `${CHATS * PER_CHAT}`], {
    cwd,
  });
  const qr = await killed.prints((line) => line.startsWith("qr "));
  await phone.scan(qr.slice(3));
  const said = new Set<string>();
  while (killed.child.exitCode === null && killed.child.signalCode === null) {
    if (said.size < 150) said.add((await friend.say(phone, "now")).id);
    await systemClock.sleep(20);
  }
  expect(await killed.ended).toBe("SIGKILL");
  const rest = (word: string): readonly string[] =>
    killed.lines.flatMap((line) => (line.startsWith(word) ? [line.slice(word.length)] : []));
  expect(Number(rest("left ")[0])).toBeGreaterThan(500);
  const heard = rest("stored ").filter((id) => said.has(id));

  await using next = runTypeScript(program, [server.url, "0"], { cwd });
  expect(await next.ended).toBe(0);
  const stored = new Map<string, readonly string[]>();
  for (const line of next.lines) {
    if (!line.startsWith("chat ")) continue;
    const { jid, stored: ids } = JSON.parse(line.slice(5));
    stored.set(jid, ids);
  }
  const idsOf = (person: Contact) => stored.get(person.pn) ?? stored.get(person.lid) ?? [];
  expect(heard.length).toBeGreaterThan(0);
  expect(heard.filter((id) => !idsOf(friend).includes(id))).toEqual([]);
  for (const person of people) {
    const ids = idsOf(person);
    const past = Array.from({ length: PER_CHAT }, (_, n) => `${person.name} ${n}`);
    expect(past.filter((id) => !ids.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  }
}, 240_000);
