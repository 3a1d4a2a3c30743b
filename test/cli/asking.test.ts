import { access, readdir, writeFile } from "node:fs/promises";
import { useSqliteAuthState } from "@motte/auth-stores";
import { passphraseKey, secretKey } from "@motte/auth-stores/encryption";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pairedStore } from "../support/paired-store.ts";
import { soundAccount } from "../support/sick-account.ts";
import { runMotte } from "../support/run-motte.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { motteInShell, terminal } from "../support/terminal.ts";

const PASSPHRASE = "correct horse \u00E9";
const HEX_KEY = "0f".repeat(32);
const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const ASKED = /Key or passphrase of the store[^:]*:\n/;

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

async function encrypted(name: string, key = passphraseKey(PASSPHRASE, { cost: 10 })) {
  const file = folder.file(`${name}.db`);
  await using auth = await useSqliteAuthState(file, { sessionId: "acme", encryption: { key } });
  await soundAccount(auth);
  return `sqlite:${file}`;
}

describe("a passphrase of a bundle", () => {
  test("is asked for twice at a terminal and never shown, and once to open it", async () => {
    const store = await pairedStore(folder.file("from.db"));
    const file = folder.file("acme.motte");

    await using out = terminal(motteInShell(["export", store, file]));
    await out.shows(/Passphrase of the bundle .*:\n/);
    out.type(`${PASSPHRASE}X\u007F\r`);
    await out.shows(/The same again .*:\n/);
    out.type(`${PASSPHRASE}\r`);
    expect(await out.ended()).toBe(0);
    expect(out.screen).toContain("opened again");

    const to = `sqlite:${folder.file("to.db")}`;
    await using back = terminal(motteInShell(["import", file, to]));
    await back.shows(/Passphrase of the bundle .*:\n/);
    back.type(`${PASSPHRASE}\r`);
    expect(await back.ended()).toBe(0);
    expect(out.screen + back.screen).not.toContain("horse");
    expect((await runMotte(["verify", to])).code).toBe(0);
  });

  test("typed differently the second time makes no file", async () => {
    const store = await pairedStore(folder.file("differ.db"));
    const file = folder.file("differ.motte");

    await using out = terminal(motteInShell(["export", store, file]));
    await out.shows(/Passphrase .*:\n/);
    out.type("one\r");
    await out.shows(/again .*:\n/);
    out.type("other\r");

    expect(await out.ended()).toBe(2);
    expect(out.screen).toContain("The two passphrases differ");
    expect((await readdir(folder.path)).filter((name) => name.includes("differ.motte"))).toEqual(
      [],
    );
  });

  test("is not asked for before all else is well", async () => {
    await using out = terminal(motteInShell(["export", "sqlite:nowhere.db", "x.motte"]));

    expect(await out.ended()).toBe(2);
    expect(out.screen).toContain("is not there");
    expect(out.screen).not.toContain("Passphrase");
  });
});

describe("the key of an encrypted store", () => {
  test.each([
    [["inspect"], "acme in sqlite:"],
    [["verify"], "sound"],
    [["doctor"], "nothing found"],
    [["repair", "--dry-run"], "nothing to repair"],
    [["migrate", "STORE", "memory:", "--dry-run"], "Nothing stands in the way"],
    [["unseal"], "decrypted"],
  ])("is asked for by motte %j when no option names it", async ([name = "", ...more], words) => {
    const store = await encrypted(name);
    const args = more[0] === "STORE" ? [name, store, ...more.slice(1)] : [name, store, ...more];

    await using shown = terminal(motteInShell(args));
    await shown.shows(ASKED);
    shown.type(`${PASSPHRASE}\r`);

    expect(await shown.ended()).toBe(0);
    expect(shown.screen).toContain(words);
    expect(shown.screen).not.toContain("horse");
  });

  test("may be typed as its 64 digits; a wrong one opens nothing", async () => {
    const store = await encrypted("hex", secretKey(HEX_KEY));

    await using right = terminal(motteInShell(["verify", store]));
    await right.shows(ASKED);
    right.type(`${HEX_KEY}\r`);
    expect(await right.ended()).toBe(0);

    await using wrong = terminal(motteInShell(["verify", store]));
    await wrong.shows(ASKED);
    wrong.type("not it\r");
    expect(await wrong.ended()).toBe(1);
    expect(wrong.screen.replaceAll(/\s+/g, " ")).toContain("the passphrase given does not open");
  });

  test("is asked for on each side of a migration, and both sides keep theirs", async () => {
    const from = await encrypted("both-from");
    const to = await encrypted("both-to", secretKey(HEX_KEY));

    await using shown = terminal(motteInShell(["migrate", from, to]));
    await shown.shows(ASKED);
    shown.type(`${PASSPHRASE}\r`);
    await shown.shows(/of the store migrated to[^:]*:\n/);
    shown.type(`${HEX_KEY}\r`);

    // It holds an account of its own.
    expect(await shown.ended()).toBe(1);
    expect(shown.screen.replaceAll(/\s+/g, " ")).toContain("holds an account already");
  });

  test("is not asked for where nobody answers, reads, or wants a document", async () => {
    const store = await encrypted("nobody");
    await writeFile(folder.file("key"), HEX_KEY);
    const inspect = motteInShell(["inspect", store]);

    for (const [command, code] of [
      [`${inspect} --json`, 1],
      [`${inspect} < /dev/null`, 1],
      [`${inspect} 2> ${folder.file("errors")}`, 1],
      [`${inspect} --key-file ${folder.file("key")}`, 1],
    ] as const) {
      await using shown = terminal(command);
      expect(await shown.ended()).toBe(code);
      expect(shown.screen).not.toContain("passphrase of");
    }
    await access(folder.file("errors"));
    expect((await runMotte(["inspect", store])).error).toEqual([
      expect.stringContaining("--key-file"),
    ]);
  });
});

describe("instead of an answer", () => {
  test.each([
    ["Ctrl-C", CTRL_C, 1, "Interrupted by SIGINT"],
    ["Ctrl-D", CTRL_D, 2, "Nothing was typed"],
    ["nothing", "\r", 2, "Nothing was typed"],
  ])("%s ends it, and the terminal is as it was", async (what, keys, code, words) => {
    const store = await encrypted(`instead-${what}`);
    const inspect = motteInShell(["inspect", store]);
    await using shown = terminal(`${inspect}; echo code $?; stty -a`);

    await shown.shows(ASKED);
    shown.type(keys);

    await shown.shows(new RegExp(words));
    await shown.shows(new RegExp(`code ${code}\n`));
    await shown.shows(/ icanon /);
    await shown.shows(/ echo /);
    expect(await shown.ended()).toBe(0);
    expect((await runMotte(["doctor", store])).error.join()).toContain("encrypted");
  });
});

test("a signal instead of an answer ends it as well", async () => {
  const store = await encrypted("terminated");
  const inspect = motteInShell(["inspect", store]);
  await using shown = terminal(`sh -c "echo pid \\$\\$; exec ${inspect}"; echo code $?; stty -a`);
  const pid = /\d+/.exec(await shown.shows(/pid \d+/))?.[0];

  await shown.shows(ASKED);
  process.kill(Number(pid), "SIGTERM");

  await shown.shows(/Interrupted by SIGTERM/);
  await shown.shows(/code 1\n/);
  await shown.shows(/ icanon /);
  await shown.shows(/ echo /);
  expect(await shown.ended()).toBe(0);
});

test("an error longer than the terminal is wide is broken between words", async () => {
  await using shown = terminal(motteInShell(["mock", "--prot", "1"]));
  await using narrow = terminal(motteInShell(["mock", "--prot", "1"]), { columns: 50 });

  expect([await shown.ended(), await narrow.ended()]).toEqual([2, 2]);

  const widths = [shown, narrow].map(({ screen }) => screen.trimEnd().split("\n"));
  expect(widths.map((lines) => Math.max(...lines.map(({ length }) => length)))).toEqual([
    expect.toSatisfy((width: number) => width > 60 && width <= 80),
    expect.toSatisfy((width: number) => width > 30 && width <= 50),
  ]);
  const whole = await runMotte(["mock", "--prot", "1"]);
  expect(whole.error).toHaveLength(1);
  expect(widths.map((lines) => lines.map((line) => line.trim()).join(" "))).toEqual([
    whole.error[0],
    whole.error[0],
  ]);
});
