import { useSqliteAuthState } from "@motte/auth-stores";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { type KeyProvider, passphraseKey, seal, secretKey } from "@motte/auth-stores/encryption";
import { hasCode } from "@motte/core/errors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pairedStore } from "../support/paired-store.ts";
import { runMotte } from "../support/run-motte.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { type Terminal, motteInShell, terminal } from "../support/terminal.ts";

const [OLD, NEW] = ["correct horse", "battery staple"];
const HEX_KEY = "0f".repeat(32);
const FRESH = /New key or passphrase of the store \(.*:\n/;
const PRESENT = /Key or passphrase of the store[^:]*:\n/;
const NEXT = /New key or passphrase, or nothing to keep it \(.*:\n/;
const AGAIN = /The same again .*:\n/;

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

// Cheap to wrap with; what the command wrapped is opened at what that cost.
const keyOf = (typed: string): KeyProvider =>
  typed === HEX_KEY ? secretKey(typed) : passphraseKey(typed, { cost: 10 });

/** The name of the account as it is opened with a key, or what opening it says. */
async function opened(store: string, key?: KeyProvider): Promise<string | undefined> {
  try {
    await using auth = await useSqliteAuthState(store.slice("sqlite:".length), {
      sessionId: "acme",
      create: "never",
      ...(key !== undefined && { encryption: { key } }),
    });
    const { "55000": record } = await auth.state.keys.get("lid-mapping", ["55000"]);
    return `${auth.state.creds.me?.name} ${record}`;
  } catch (error) {
    const codes = ["AUTH_STORE_ENCRYPTED", "AUTH_STORE_WRONG_KEY", "AUTH_STORE_NOT_ENCRYPTED"];
    const code = codes.find((each) => hasCode(error, each));
    if (code === undefined) throw error;
    return code;
  }
}

async function sealedWith(name: string, key: KeyProvider): Promise<string> {
  const store = await pairedStore(folder.file(`${name}.db`));
  await using backend = await sqliteBackend(store.slice("sqlite:".length));
  await seal({ backend, sessionId: "acme", key });
  return store;
}

async function answers(
  shown: Terminal,
  ...dialogue: readonly (readonly [question: RegExp, answer: string])[]
): Promise<number | null> {
  for (const [question, answer] of dialogue) {
    await shown.shows(question);
    shown.type(`${answer}\r`);
  }
  return shown.ended();
}

describe("motte seal", () => {
  test.each([
    ["a passphrase", OLD, keyOf(OLD)],
    ["64 digits", HEX_KEY, secretKey(HEX_KEY)],
  ])("asks for a new key twice where none is named: %s", async (what, typed, key) => {
    const store = await pairedStore(folder.file(`seal ${what}.db`));

    await using shown = terminal(motteInShell(["seal", store]));
    expect(await answers(shown, [FRESH, typed], [AGAIN, typed])).toBe(0);

    expect(shown.screen).toContain("acme is encrypted");
    expect(shown.screen.includes("passphraseKey(")).toBe(typed === OLD);
    expect(shown.screen).not.toContain(typed);
    expect([await opened(store), await opened(store, key)]).toEqual([
      "AUTH_STORE_ENCRYPTED",
      "Ada 955000",
    ]);
  });

  test("changes nothing when the two differ, or nothing is typed", async () => {
    const store = await pairedStore(folder.file("differ.db"));

    await using differ = terminal(motteInShell(["seal", store]));
    expect(await answers(differ, [FRESH, OLD], [AGAIN, NEW])).toBe(2);
    expect(differ.screen).toContain("The two keys differ");
    await using empty = terminal(motteInShell(["seal", store]));
    expect(await answers(empty, [FRESH, ""])).toBe(2);

    expect(await opened(store)).toBe("Ada 955000");
  });

  test("asks for nothing where the store is not there, or nobody can answer", async () => {
    await using nowhere = terminal(motteInShell(["seal", "sqlite:nowhere.db"]));
    expect(await nowhere.ended()).toBe(2);
    expect(nowhere.screen).toContain("is not there");
    expect(nowhere.screen).not.toContain("passphrase");

    const store = await pairedStore(folder.file("nobody.db"));
    const { code, error } = await runMotte(["seal", store]);
    expect([code, error]).toEqual([2, [expect.stringMatching(/--key-file or --key-env/)]]);
  });
});

describe("motte rotate-key", () => {
  test.each([
    ["one passphrase by another", OLD, NEW, 1],
    ["a passphrase by 64 digits, and again", OLD, HEX_KEY, 2],
  ])("replaces %s", async (name, from, to, times) => {
    const store = await sealedWith(name, keyOf(from));

    for (let time = 1; time <= times; time++) {
      await using shown = terminal(motteInShell(["rotate-key", store]));
      expect(await answers(shown, [PRESENT, from], [NEXT, to], [AGAIN, to])).toBe(0);
      expect(shown.screen).toContain("encrypted anew");
      for (const secret of [from, to]) expect(shown.screen).not.toContain(secret);
    }

    expect([await opened(store, keyOf(from)), await opened(store, keyOf(to))]).toEqual([
      "AUTH_STORE_WRONG_KEY",
      "Ada 955000",
    ]);
  });

  test("keeps the key when nothing new is typed, and changes nothing with a wrong one", async () => {
    const store = await sealedWith("kept", keyOf(OLD));

    await using kept = terminal(motteInShell(["rotate-key", store]));
    expect(await answers(kept, [PRESENT, OLD], [NEXT, ""])).toBe(0);
    expect(kept.screen).not.toContain("the old key");
    await using wrong = terminal(motteInShell(["rotate-key", store]));
    expect(await answers(wrong, [PRESENT, "not it"], [NEXT, NEW], [AGAIN, NEW])).toBe(1);
    expect(wrong.screen.replaceAll(/\s+/g, " ")).toContain("does not open");

    expect([await opened(store, keyOf(OLD)), await opened(store, keyOf(NEW))]).toEqual([
      "Ada 955000",
      "AUTH_STORE_WRONG_KEY",
    ]);
  });
});
