import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemClock } from "@motte/core/clock";
import { type Contact, MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { within } from "../../support/bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const CHATS = 20;
const PER_CHAT = 500;

const program = fileURLToPath(new URL("../../support/history-bot.ts", import.meta.url));
const loader = new URL("../../../node_modules/tsx/dist/loader.mjs", import.meta.url).href;

function start(url: string, folder: string, expected: number): ChildProcess {
  const flags = ["--no-warnings", "--import", loader, "--conditions=@motte/source"];
  return spawn(process.execPath, [...flags, program, url, `${expected}`], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

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

  const killed = start(server.url, folder.path, CHATS * PER_CHAT);
  const exit = once(killed, "exit");
  const said = new Set<string>();
  const heard: string[] = [];
  let left = 0;
  const goOn = async (): Promise<void> => {
    while (killed.exitCode === null && killed.signalCode === null) {
      said.add((await friend.say(phone, "now")).id);
      await systemClock.sleep(20);
    }
  };
  let going: Promise<void> | undefined;
  for await (const line of lines(killed)) {
    const [word, rest = ""] = line.split(" ");
    if (word === "qr") {
      await phone.scan(rest);
      going = goOn();
    }
    if (word === "stored" && said.has(rest)) heard.push(rest);
    if (word === "left") left = Number(rest);
  }
  await going;
  expect(await within("The kill", exit)).toEqual([null, "SIGKILL"]);
  expect(left).toBeGreaterThan(500);

  const next = start(server.url, folder.path, 0);
  const stored = new Map<string, { unread: number; ids: readonly string[] }>();
  for await (const line of lines(next)) {
    if (!line.startsWith("chat ")) continue;
    const { jid, unread, stored: ids } = JSON.parse(line.slice(5));
    stored.set(jid, { unread, ids });
  }
  const idsOf = (person: Contact) => (stored.get(person.pn) ?? stored.get(person.lid))?.ids ?? [];
  expect(heard.length).toBeGreaterThan(0);
  expect(heard.filter((id) => !idsOf(friend).includes(id))).toEqual([]);
  for (const person of people) {
    const ids = idsOf(person);
    const past = Array.from({ length: PER_CHAT }, (_, n) => `${person.name} ${n}`);
    expect(past.filter((id) => !ids.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  }
}, 120_000);

function lines({ stdout }: ChildProcess): AsyncIterable<string> {
  if (stdout === null) throw new Error("There is no output");
  return createInterface({ input: stdout });
}
