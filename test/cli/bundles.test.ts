import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, readdir, stat, truncate, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { useSqliteAuthState } from "@motte/auth-stores";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NUMBER, pairedStore } from "../support/paired-store.ts";
import { type MotteRun, runMotte, startMotte } from "../support/run-motte.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

let folder: TemporaryFolder;
let pass: readonly string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(folder.file("pass"), "a long passphrase\n");
  pass = ["--passphrase-file", folder.file("pass")];
});
afterAll(() => folder[Symbol.asyncDispose]());

const json = (run: MotteRun): unknown => JSON.parse(run.out.join("\n"));

/** One line on the error output, nothing on the other, and the exit code. */
function expectRefused(run: MotteRun, code: number, words: RegExp): void {
  expect(run.error).toEqual([expect.stringMatching(words)]);
  expect(run.out).toEqual([]);
  expect(run.code).toBe(code);
}

/** Lines as on every machine. */
function still(lines: readonly string[]): string {
  const text = lines
    .join("\n")
    .replaceAll(folder.path, "~")
    .replaceAll(/\d+(\.\d+)? m?s\b/g, "N ms");
  return `${text.replaceAll(/\d+(\.\d+)? (KiB|B)\b/g, "N KiB")}\n`;
}

describe("motte export and import", () => {
  test("a session goes through one private file into another store, whole", async () => {
    const store = await pairedStore(folder.file("from.db"));
    const file = folder.file("acme.motte");

    const out = await runMotte(["export", store, file, ...pass]);
    expect(out).toMatchObject({ code: 0, error: [] });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file)).includes(NUMBER)).toBe(false);

    const back = await runMotte(["import", file, `sqlite:${folder.file("to.db")}#acme`, ...pass]);
    expect(back.code).toBe(0);
    expect(back.error.map((line) => line.split(":")[0])).toEqual([
      "reading",
      "copying",
      "verifying",
    ]);
    await expect(still([...out.out, ...back.out])).toMatchFileSnapshot("golden/bundle.txt");
    await using there = await useSqliteAuthState(folder.file("to.db"), { sessionId: "acme" });
    expect(there.state.creds.me?.id).toBe(`${NUMBER}:1@s.whatsapp.net`);
    expect(await there.state.keys.get("lid-mapping", ["55003"])).toEqual({ "55003": "955003" });
    // The session that was exported is still the one to go on from.
    expect((await runMotte(["verify", store])).out.at(-1)).toBe("✓ sound");
  });

  test("neither writes over what is there: run twice, nothing changes", async () => {
    const store = await pairedStore(folder.file("twice.db"));
    const file = folder.file("twice.motte");
    const target = `sqlite:${folder.file("twice-to.db")}`;
    expect((await runMotte(["export", store, file, ...pass])).code).toBe(0);
    const bundle = await readFile(file);
    expectRefused(await runMotte(["export", store, file, ...pass]), 2, /is there already/);
    expect(await readFile(file)).toEqual(bundle);

    expect((await runMotte(["import", file, target, ...pass])).code).toBe(0);
    const again = await runMotte(["import", file, target, ...pass]);
    expect(again.error.at(-1)).toMatch(/holds an account already/);
    expect(again.code).toBe(1);
  });

  test("--json is one document each, without a phone number", async () => {
    const store = await pairedStore(folder.file("json.db"));
    const file = folder.file("json.motte");

    const out = await runMotte(["export", store, file, "--json", "--identity-only", ...pass]);
    expect(json(out)).toMatchObject({ session: "acme", records: 45, identityOnly: true });
    const back = await runMotte([
      "import",
      file,
      `sqlite:${folder.file("j.db")}`,
      "--json",
      ...pass,
    ]);
    expect(json(back)).toMatchObject({ session: "default", records: 45, leftOut: 0 });
    expect([...out.out, ...back.out].join()).not.toContain(NUMBER);
    expect([...out.error, ...back.error]).toEqual([]);
  });

  test("a folder of Baileys is exported as it is, and imported into an encrypted store", async () => {
    const path = folder.file("auth_info");
    await mkdir(path);
    const { state, saveCreds } = await useMultiFileAuthState(path);
    await saveCreds();
    await state.keys.set({
      session: { "5.0": Buffer.from("ratchet") },
      "lid-mapping": { "5": "95" },
    });
    const before = await readdir(path);
    const [file, key] = [folder.file("bot.motte"), folder.file("key")];
    await writeFile(key, randomBytes(32).toString("hex"));
    const env = { ...process.env, BUNDLE_PASS: "another one" };
    const name = ["--passphrase-env", "BUNDLE_PASS"];

    const skip = ["--skip-corrupt"];
    const out = await runMotte(["export", `baileys:${path}`, file, ...skip, ...name], { env });
    expect(out.code).toBe(0);
    expect(await readdir(path)).toEqual(before);

    const to = `sqlite:${folder.file("sealed.db")}`;
    const back = await runMotte(["import", file, to, "--key-file", key, ...name], { env });
    expect(back.code).toBe(0);
    expect((await runMotte(["inspect", to, "--key-file", key])).code).toBe(0);
    expectRefused(await runMotte(["inspect", to]), 1, /encrypted/);
  });

  test("a wrong passphrase, a cut file and a newer one are refused before a store is made", async () => {
    const store = await pairedStore(folder.file("bad.db"));
    const file = folder.file("bad.motte");
    expect((await runMotte(["export", store, file, ...pass])).code).toBe(0);
    const to = folder.file("never.db");
    const brought = (): Promise<MotteRun> => runMotte(["import", file, `sqlite:${to}`, ...pass]);

    await writeFile(folder.file("wrong"), "not it");
    const wrong = ["--passphrase-file", folder.file("wrong")];
    expectRefused(await runMotte(["import", file, `sqlite:${to}`, ...wrong]), 1, /passphrase is/);
    const bundle = await readFile(file);
    await truncate(file, 20);
    expectRefused(await brought(), 1, /not a whole bundle/);
    // The version of the format stands behind the first ten bytes.
    bundle[10] = 99;
    await writeFile(file, bundle);
    expectRefused(await brought(), 1, /upgrade/);
    await expect(stat(to)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a session in use ends with code 4 and leaves no file", async () => {
    const store = await pairedStore(folder.file("busy.db"));
    await using bot = await useSqliteAuthState(folder.file("busy.db"), { sessionId: "acme" });

    const { code } = await runMotte(["export", store, folder.file("busy.motte"), ...pass]);

    expect(bot.state.creds.me?.name).toBe("Ada");
    expect(code).toBe(4);
    expect((await readdir(folder.path)).filter((name) => name.includes("busy.motte"))).toEqual([]);
  });

  test("stopped in between, there is no file, and the store is as it was", async () => {
    const store = await pairedStore(folder.file("stopped.db"));
    const child = startMotte(["export", store, folder.file("stopped.motte"), ...pass]);
    // It begins with reading the key files, long before it is done.
    await once(child, "spawn");
    child.kill("SIGINT");
    await once(child, "close");

    const left = (await readdir(folder.path)).filter((name) => name.includes("stopped.motte"));
    expect(left).toEqual([]);
    expect((await runMotte(["verify", store])).code).toBe(0);
  });

  test.each([
    [["export", "sqlite:nowhere.db", "x.motte", "PASS"], /is not there/],
    [["export", "sqlite:nowhere.db", "x.motte"], /--passphrase-file or --passphrase-env/],
    [["export", "file:.", "no/such/folder/x", "PASS"], /no folder that this user may write to/],
    [["export", "file:.", "x.motte", "--passphrase-file", "nowhere"], /passphrase file nowhere/],
    [["export", "file:.", "x.motte", "--passphrase-env", "NOT_SET_AT_ALL"], /is not set/],
    [["export", "file:."], /needs <file>/],
    [["import", "nowhere.motte", "memory:", "PASS"], /cannot be read/],
    [["import", ".", "memory:", "PASS"], /is not a file/],
    [["import", "x.motte", "baileys:./x", "PASS"], /cannot be read|only be/],
    [["import", "x", "memory:", "--with-ratchets", "--identity-only"], /leave one of them out/],
  ])("%j is refused before anything is made", async (args, words) => {
    const call = args.flatMap((arg) => (arg === "PASS" ? pass : [arg]));
    expectRefused(await runMotte(call), 2, words);
  });

  test("a bundle that this user may not read", async () => {
    const file = folder.file("closed.motte");
    await writeFile(file, "x", { mode: 0o600 });
    await chmod(folder.path, 0o755);
    await chmod(folder.file("pass"), 0o644);
    // Root may read everywhere, so root plays "nobody" here.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    if (process.getuid?.() !== 0) await chmod(file, 0);

    expectRefused(
      await runMotte(["import", file, "memory:", ...pass], nobody),
      2,
      /cannot be read/,
    );
  });
});
