import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Contact, MockServer, type Phone, openStage } from "@motte/mock-server";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { codeBlocks, readPage } from "../support/code-blocks.ts";
import { compiled } from "../support/compiled.ts";
import { startRedis } from "../support/redis-server.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { type WatchedProcess, watchProcess } from "../support/watched-process.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const PATIENCE_MS = 100_000;

/** Runs a program of examples/, untouched, with its files in `folder`. */
function runExample(
  name: string,
  folder: TemporaryFolder,
  { args = [], env = {} }: { args?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): WatchedProcess {
  const program = compiled(new URL(`../../examples/${name}.ts`, import.meta.url));
  return watchProcess(process.execPath, ["--no-warnings", program, ...args], {
    cwd: folder.path,
    env: { ...process.env, ...env },
    patienceMs: PATIENCE_MS,
  });
}

async function answerTo(contact: Contact, phone: Phone, text: string): Promise<string | undefined> {
  await contact.say(phone, text);
  return (await contact.receive({ timeoutMs: PATIENCE_MS })).text;
}

test("each example is short and told about", () => {
  const files = readdirSync(`${root}examples`).filter((name) => name.endsWith(".ts"));
  const page = readPage("examples/README.md");
  expect(files).toHaveLength(4);
  for (const name of files) {
    expect(page).toContain(`(${name})`);
    expect(readPage(`examples/${name}`).split("\n").length).toBeLessThanOrEqual(81);
  }
});

test.concurrent(
  "many accounts share a process, each answers as itself, and all come back without a QR code",
  async () => {
    await using folder = await temporaryFolder();
    await using server = await MockServer.start();
    const contact = server.contact({ name: "Ana" });
    const names = ["ada", "ben", "cy"];
    const phones = new Map(names.map((name) => [name, server.phone({ name })]));
    const options = { args: names, env: { WA_URL: server.url } };

    await using first = runExample("many-accounts", folder, options);
    for (const [name, phone] of phones) {
      const line = await first.prints(new RegExp(`^${name} is to scan `));
      await phone.scan(line.split(" is to scan ")[1] ?? "");
      await first.prints(new RegExp(`^${name} is open`));
      await phone.history.received();
      expect(await answerTo(contact, phone, "hello")).toBe(`${name} heard: hello`);
    }
    first.kill("SIGTERM");
    expect(await first.ended()).toBe(0);

    await using second = runExample("many-accounts", folder, options);
    for (const [name, phone] of phones) {
      expect(await answerTo(contact, phone, "again")).toBe(`${name} heard: again`);
    }
    second.kill("SIGTERM");
    expect(await second.ended()).toBe(0);
    expect(second.lines.filter((line) => line.includes("is to scan"))).toEqual([]);
  },
  400_000,
);

test.concurrent(
  "a running bot moves from Baileys' folder to Redis: what is said meanwhile is answered, and it stays there",
  async () => {
    await using folder = await temporaryFolder();
    await using redis = await startRedis();
    await using stage = await openStage();
    const { server, phone, contact } = stage;
    const openAuth = () => useMultiFileAuthState(folder.file("auth"));
    await (await stage.linkClient({ openAuth }))[Symbol.asyncDispose]();
    const env = { WA_URL: server.url, REDIS_URL: redis.url };

    await using bot = runExample("folder-to-redis", folder, { env });
    await bot.prints(/^runs on the folder/);
    expect(await answerTo(contact, phone, "while it moves")).toBe("while it moves");
    await bot.prints(/^runs on Redis/);
    expect(await answerTo(contact, phone, "afterwards")).toBe("afterwards");
    bot.kill("SIGTERM");
    expect(await bot.ended()).toBe(0);

    await using again = runExample("folder-to-redis", folder, { env });
    await again.prints(/^runs on Redis/);
    expect(await answerTo(contact, phone, "the next day")).toBe("the next day");
    again.kill("SIGTERM");
    expect(await again.ended()).toBe(0);
    expect(bot.lines).not.toContainEqual(expect.stringMatching(/privKey|Closing session/));
  },
  400_000,
);

test.concurrent(
  "on a bad network every message is answered, as its page shows",
  async () => {
    await using folder = await temporaryFolder();
    const shown = codeBlocks("examples/README.md").find(({ code }) => code.includes("bad-network"));

    await using bot = runExample("bad-network", folder);

    expect(await bot.ended()).toBe(0);
    expect(`${bot.out.join("\n")}\n`).toBe(shown?.output);
  },
  200_000,
);
