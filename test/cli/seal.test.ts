import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { useSqliteAuthState } from "@motte/auth-stores";
import { keyFile, keyring } from "@motte/auth-stores/encryption";
import { hasCode } from "@motte/core/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NUMBER, pairedStore } from "../support/paired-store.ts";
import { type MotteRun, runMotte } from "../support/run-motte.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const KILLER = fileURLToPath(new URL("programs/killed-at-commit.mjs", import.meta.url));
const CORE = fileURLToPath(new URL("../../packages/core/package.json", import.meta.url));
let folder: TemporaryFolder;
let oldKey: string;
let newKey: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  [oldKey, newKey] = [folder.file("old-key"), folder.file("new-key")];
  await writeFile(oldKey, "01".repeat(32));
  await writeFile(newKey, "02".repeat(32));
});
afterAll(() => folder[Symbol.asyncDispose]());

/** What a session says when it is opened with some of the keys; its content, or the code of the error. */
async function opened(store: string, ...keys: readonly string[]): Promise<unknown> {
  const providers = await Promise.all(keys.map((key) => keyFile(key)));
  const [first, ...others] = providers;
  try {
    await using auth = await useSqliteAuthState(store.slice("sqlite:".length), {
      sessionId: "acme",
      ...(first !== undefined && { encryption: { key: keyring(first, ...others) } }),
    });
    const mappings = await auth.state.keys.get("lid-mapping", ["55000", "55019", "955007_reverse"]);
    return { me: auth.state.creds.me?.name, next: auth.state.creds.nextPreKeyId, ...mappings };
  } catch (error) {
    for (const code of ["AUTH_STORE_ENCRYPTED", "AUTH_STORE_NOT_ENCRYPTED"]) {
      if (hasCode(error, code)) return code;
    }
    if (hasCode(error, "AUTH_STORE_WRONG_KEY")) return "AUTH_STORE_WRONG_KEY";
    throw error;
  }
}

const CONTENT = {
  me: "Ada",
  next: 1_003,
  "55000": "955000",
  "55019": "955019",
  "955007_reverse": "55007",
};

/** The key files of `OLD` and `NEW`. */
const named = (names: readonly string[]): string[] =>
  names.map((name) => (name === "OLD" ? oldKey : newKey));

const json = (run: MotteRun): unknown => JSON.parse(run.out.join("\n"));

test("a session is encrypted, has its key replaced and is decrypted, each as often as one likes", async () => {
  const file = folder.file("wa.db");
  const store = await pairedStore(file);
  const calls = [
    ["seal", store, "--key-file", oldKey, "--hide-ids"],
    ["seal", store, "--key-file", oldKey],
    ["rotate-key", store, "--key-file", oldKey, "--new-key-file", newKey],
    ["rotate-key", store, "--key-file", oldKey, "--new-key-file", newKey],
    ["unseal", store, "--key-file", newKey],
    ["unseal", store, "--key-file", newKey],
  ];
  const shown: string[] = [];
  const states: unknown[] = [];
  for (const call of calls) {
    const { code, out, error } = await runMotte(call);
    expect({ code, error }).toEqual({ code: 0, error: [] });
    shown.push(`$ motte ${call.join(" ")}`, ...out);
    states.push([await opened(store), await opened(store, oldKey), await opened(store, newKey)]);
  }
  await expect(`${shown.join("\n").replaceAll(folder.path, "~")}\n`).toMatchFileSnapshot(
    "golden/seal.txt",
  );
  const [closed, wrong] = ["AUTH_STORE_ENCRYPTED", "AUTH_STORE_WRONG_KEY"];
  const plain = [CONTENT, "AUTH_STORE_NOT_ENCRYPTED", "AUTH_STORE_NOT_ENCRYPTED"];
  expect(states).toEqual([
    [closed, CONTENT, wrong],
    [closed, CONTENT, wrong],
    [closed, wrong, CONTENT],
    [closed, wrong, CONTENT],
    plain,
    plain,
  ]);
});

test("what is encrypted is nowhere in the database or its log", async () => {
  await using own = await temporaryFolder();
  const store = await pairedStore(own.file("wa.db"));
  const bytes = async (): Promise<string> => {
    const files = await readdir(own.path);
    return (
      await Promise.all(files.map((name) => readFile(join(own.path, name), "latin1")))
    ).join();
  };
  expect(await bytes()).toContain(NUMBER);

  expect((await runMotte(["seal", store, "--key-file", oldKey, "--hide-ids"])).code).toBe(0);

  const after = await bytes();
  for (const secret of [NUMBER, "Ada", "955007"]) expect(after).not.toContain(secret);
});

test("--all takes every session, and --json tells of each on a line", async () => {
  const file = folder.file("fleet.db");
  const store = await pairedStore(file);
  await pairedStore(file, { sessionId: "other" });

  const sealing = await runMotte(["seal", store, "--all", "--json", "--key-file", oldKey]);
  expect(sealing.out.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { session: "acme", changed: true },
    { session: "other", changed: true },
  ]);
  const keys = ["--key-file", oldKey, "--new-key-file", newKey];
  const rotating = await runMotte(["rotate-key", `${store}#other`, "--json", ...keys]);
  expect(json(rotating)).toMatchObject({ session: "other", complete: true, unreadable: 0 });
  const unsealing = await runMotte(["unseal", `${store}#acme`, "--json", "--key-file", oldKey]);
  expect(json(unsealing)).toMatchObject({ session: "acme", changed: true, unreadable: 0 });
});

test.each([
  { command: "seal", before: [], given: ["OLD"], keys: [[], ["OLD"]] },
  { command: "rotate-key", before: ["OLD"], given: ["OLD", "NEW"], keys: [["OLD"], ["NEW"]] },
  { command: "unseal", before: ["OLD"], given: ["OLD"], keys: [["OLD"], []] },
])(
  "$command, killed at its commits, leaves a session that opens, and run again completes it",
  async ({ command, before, given, keys }) => {
    const options = ["--key-file", "--new-key-file"];
    const args = named(given).flatMap((key, at) => [options[at] ?? "", key]);
    for (const at of ["before 3", "after 3", "before 5", "after 6"]) {
      const store = await pairedStore(folder.file(`${command} ${at}.db`));
      if (before.length > 0) await runMotte(["seal", store, "--key-file", oldKey]);
      const env = {
        ...process.env,
        NODE_OPTIONS: `--import=${pathToFileURL(KILLER).href}`,
        KILL_AT: at,
        KILL_RESOLVE: CORE,
      };
      const killed = await runMotte([command, store, ...args], { env });
      expect(killed.code).toBe(null);

      const found = await Promise.all(keys.map((names) => opened(store, ...named(names))));
      expect(found).toContainEqual(CONTENT);
      expect((await runMotte([command, store, ...args])).code).toBe(0);
      expect(await opened(store, ...named(keys[1] ?? []))).toEqual(CONTENT);
    }
  },
);

test("a wrong key, a missing one and a session in use change nothing", async () => {
  const store = await pairedStore(folder.file("refused.db"));
  await runMotte(["seal", store, "--key-file", oldKey]);
  const refused: [args: string[], code: number, words: RegExp][] = [
    [["seal", store, "--key-file", newKey], 1, /does not open/],
    [["unseal", store, "--key-file", newKey], 1, /does not open/],
    [["rotate-key", store, "--key-file", newKey], 1, /does not open/],
    [["seal", store], 2, /--key-file or --key-env/],
    [["unseal", store, "--key-file", folder.file("nowhere")], 2, /key file .* cannot be read/],
    [["rotate-key", store, "--new-key-file", newKey], 2, /--key-file/],
    [["seal", `${store}#acme`, "--all", "--key-file", oldKey], 2, /none behind #/],
    [["seal", "sqlite:nowhere.db", "--key-file", oldKey], 2, /is not there/],
    [["unseal", "baileys:./x", "--key-file", oldKey], 2, /only be migrated from/],
  ];
  for (const [args, code, words] of refused) {
    const run = await runMotte(args);
    expect(run).toMatchObject({ code, out: [], error: [expect.stringMatching(words)] });
  }
  const plain = await pairedStore(folder.file("plain.db"));
  const rotating = await runMotte(["rotate-key", plain, "--key-file", oldKey]);
  expect(rotating).toMatchObject({ code: 1, error: [expect.stringMatching(/not encrypted/)] });

  await using bot = await useSqliteAuthState(folder.file("plain.db"), { sessionId: "acme" });
  expect((await runMotte(["seal", plain, "--key-file", oldKey])).code).toBe(4);
  expect(bot.state.creds.me?.name).toBe("Ada");
  await bot.close();
  expect(await opened(store, oldKey)).toEqual(CONTENT);
});
