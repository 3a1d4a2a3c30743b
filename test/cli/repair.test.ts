import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { useFileAuthState, useSqliteAuthState } from "@motte/auth-stores";
import { Curve } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stageWithLinkedBot } from "../support/linked-bot.ts";
import { program } from "../support/run-bot.ts";
import { type MotteRun, runMotte, startMotte } from "../support/run-motte.ts";
import { GROUP, contentOf, corrupt, makeSick, soundAccount } from "../support/sick-account.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

interface Repaired {
  readonly dryRun: boolean;
  readonly repairs: readonly { readonly id: string; readonly count: number }[];
  readonly backups: readonly { readonly sessionId: string; readonly file: string }[];
  readonly left: readonly { readonly sessionId: string; readonly code: string }[];
}

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

async function database(name: string): Promise<string> {
  const file = folder.file(`${name}.db`);
  await using auth = await useSqliteAuthState(file, { sessionId: "acme" });
  await soundAccount(auth);
  return file;
}

const json = (run: MotteRun): Repaired => JSON.parse(run.out.join("\n")) as Repaired;

async function findings(store: string): Promise<readonly string[]> {
  const { out } = await runMotte(["doctor", store, "--json"]);
  const { stores } = JSON.parse(out.join("\n")) as {
    stores: { findings: { id: string }[] }[];
  };
  return stores.flatMap((each) => each.findings.map(({ id }) => id)).toSorted();
}

test("what is safe is mended after a copy was made, the creds stay, and a second time there is nothing to do", async () => {
  await using place = await temporaryFolder();
  const file = place.file("wa.db");
  {
    await using auth = await useSqliteAuthState(file, { sessionId: "acme" });
    await soundAccount(auth);
  }
  await makeSick(file, "acme");
  await chmod(file, 0o644);
  const before = await contentOf(file);
  const call = ["repair", "sqlite:wa.db"];
  const here = { cwd: place.path };

  const planned = await runMotte([...call, "--dry-run"], here);
  expect(await contentOf(file)).toEqual(before);
  expect((await stat(file)).mode & 0o777).toBe(0o644);
  expect((await readdir(place.path)).filter((name) => name.startsWith("motte-backup"))).toEqual([]);
  const done = await runMotte(call, here);
  const again = await runMotte(call, here);

  const shown = [planned, done, again]
    .map(({ out }) => `${out.join("\n")}\n`)
    .join("\n")
    .replaceAll(/(acme-)\d{8}T\d{6}Z/g, "$1<time>");
  await expect(shown).toMatchFileSnapshot("golden/repair.txt");
  expect([planned, done, again].map(({ code, error }) => [code, error])).toEqual([
    [0, []],
    [0, []],
    [0, []],
  ]);

  expect((await contentOf(file))["creds"]).toEqual(before["creds"]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await findings(`sqlite:${file}`)).toEqual([
    "app-state-key-missing",
    "creds-key-pair",
    "next-pre-key-id",
    "open-sessions",
    "registration-id",
    "signed-pre-key-signature",
  ]);
  const [backup = ""] = (await readdir(place.path)).filter((name) =>
    /^motte-backup.*\.db$/.test(name),
  );
  expect((await stat(place.file(backup))).mode & 0o777).toBe(0o600);
  expect(await contentOf(place.file(backup))).toEqual(before);
  await using auth = await useSqliteAuthState(file, { sessionId: "acme", create: "never" });
  // The sender key was damaged, so that whoever had it needs the next one.
  expect(await auth.state.keys.get("sender-key-memory", [GROUP])).toEqual({ [GROUP]: null });
  const kept = await auth.state.keys.get("pre-key", ["1", "2", "3"]);
  expect(Object.values(kept).map((pair) => pair !== null)).toEqual([true, false, true]);
  expect(await auth.state.keys.get("lid-mapping", ["15550001", "15550002"])).toEqual({
    "15550001": "99001",
    "15550002": null,
  });
});

test("a bot whose session with a contact was damaged hears the contact again", async () => {
  await using set = await stageWithLinkedBot();
  const { folder: place, contact, phone } = set;
  const { id: first } = await contact.say(phone, "Hello");
  await set.bot.hears(first);
  await set.bot[Symbol.asyncDispose]();
  const file = place.file("auth.db");
  const ids: string[] = [];
  {
    await using auth = await useSqliteAuthState(file, { create: "never" });
    for await (const id of auth.keys.listIds("session")) ids.push(id);
    // And a mapping of which half is lost.
    await auth.state.keys.set({ "lid-mapping": { "15559999": "98765" } });
  }
  for (const id of ids) await corrupt(file, "session", id);

  const repaired = json(await runMotte(["repair", `sqlite:${file}`, "--json"]));
  expect(repaired.repairs).toEqual([
    { id: "corrupt-records", sessionId: "default", count: ids.length },
    { id: "lid-mapping", sessionId: "default", count: 1 },
  ]);
  expect(ids.length).toBeGreaterThan(0);

  const bot = await set.startBot();
  await bot.open();
  const { id } = await contact.say(phone, "Still there?");
  await expect(bot.hears(id)).resolves.toMatchObject({ text: "Still there?" });
});

test("what a killed process has left is brought together, and the folder is Baileys' again", async () => {
  const path = folder.file("killed");
  await mkdir(path);
  const owner = spawn(process.execPath, [program("killed-owner.mjs"), path]);
  await once(owner.stdout, "data");
  const inUse = await runMotte(["repair", `file:${path}`, "--json"]);
  expect(json(inUse)).toMatchObject({
    repairs: [{ id: "file-modes" }],
    left: [{ code: "AUTH_STORE_IN_USE" }],
  });
  expect(inUse.error).toEqual([expect.stringContaining(`${owner.pid}@`)]);
  expect(inUse.code).toBe(4);
  owner.kill("SIGKILL");
  await once(owner, "exit");

  const planned = json(await runMotte(["repair", `file:${path}`, "--json", "--dry-run"]));
  expect(planned.repairs.map(({ id }) => id)).toEqual(["leftovers", "dead-owner"]);
  const run = await runMotte(["repair", `file:${path}`, "--json", "--backup", folder.path]);
  expect(json(run)).toMatchObject({
    dryRun: false,
    repairs: planned.repairs,
    backups: [{ sessionId: "default", file: expect.stringContaining(folder.path) }],
  });
  expect(run.code).toBe(0);
  expect(await readdir(join(path, ".auth-store/journal"))).toEqual([]);
  expect(JSON.parse(await readFile(join(path, "device-list-15550002222.json"), "utf8"))).toEqual([
    "0",
    "7",
  ]);
  expect(await findings(`file:${path}`)).toEqual([]);
  expect((await runMotte(["repair", `file:${path}`])).out.at(-1)).toBe("✓ nothing to repair");
});

test("many sessions in folders: those that can be are mended, others are left with the reason", async () => {
  const path = folder.file("sessions");
  await mkdir(path, { mode: 0o700 });
  for (const name of ["one", "two"]) {
    await using auth = await useFileAuthState(join(path, name), { sessionId: name });
    await soundAccount(auth);
    const halves = [Curve.generateKeyPair(), Curve.generateKeyPair()] as const;
    const mixed = { public: halves[0].public, private: halves[1].private };
    await auth.state.keys.set({ "pre-key": { 2: mixed } });
  }
  await chmod(join(path, "one", "creds.json"), 0o640);
  await using bot = await useFileAuthState(join(path, "two"), { sessionId: "two" });
  expect(bot.state.creds.me?.name).toBe("Ada");

  const run = await runMotte(["repair", `files:${path}`, "--json"]);

  expect(json(run).repairs).toEqual([
    { id: "file-modes", count: 1 },
    { id: "pre-key-pair", sessionId: "one", count: 1 },
  ]);
  expect(json(run).left).toMatchObject([{ sessionId: "two", code: "AUTH_STORE_IN_USE" }]);
  expect(run.code).toBe(4);
  expect((await stat(join(path, "one", "creds.json"))).mode & 0o777).toBe(0o600);
});

test("interrupted or killed at any moment, it leaves the session to the next", async () => {
  const file = await database("interrupted");
  await makeSick(file, "acme");
  const creds = (await contentOf(file))["creds"];
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    const child = startMotte(["repair", `sqlite:${file}`]);
    await once(child, "spawn");
    child.kill(signal);
    await once(child, "exit");
  }

  const { code } = await runMotte(["repair", `sqlite:${file}`]);
  expect(code).toBe(0);
  expect((await contentOf(file))["creds"]).toEqual(creds);
});

test("a place for the backup that is none is refused, and nothing is changed", async () => {
  const file = await database("no-place");
  await makeSick(file, "acme");
  const before = await contentOf(file);

  const { error, code } = await runMotte(["repair", `sqlite:${file}`, "--backup", "/no/such"]);

  expect(error).toEqual([expect.stringMatching(/no place for the backup/)]);
  expect(code).toBe(2);
  expect(await contentOf(file)).toEqual(before);
});

test.each([
  [[], /needs <store>/],
  [["sqlite:nowhere.db"], /is not there/],
  [["file:package.json"], /is not a folder/],
  [["baileys:."], /only be migrated from/],
  [["memory:#nobody"], /no such session/],
  [["memory:", "--dry-run", "--backup", "."], /leave one of them out/],
])("motte repair %j is refused", async (args, words) => {
  const { code, out, error } = await runMotte(["repair", ...args]);

  expect(error).toEqual([expect.stringMatching(words)]);
  expect(out).toEqual([]);
  expect(code).toBe(2);
});
