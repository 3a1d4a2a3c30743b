import { readFile, stat } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { useFileAuthState, useSqliteAuthState } from "@motte/auth-stores";
import { openSqlite } from "@motte/core/sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pairedStore } from "../support/paired-store.ts";
import { type MotteRun, runMotte, startMotte } from "../support/run-motte.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const KILLER = fileURLToPath(new URL("programs/killed-at-commit.mjs", import.meta.url));
const MEASURE = fileURLToPath(new URL("programs/peak-memory.mjs", import.meta.url));
const CORE = fileURLToPath(new URL("../../packages/core/package.json", import.meta.url));
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const documents = (run: MotteRun): unknown[] => run.out.map((line) => JSON.parse(line) as unknown);

/** Lines as on every machine. */
const still = (lines: readonly string[]): string =>
  `${lines
    .join("\n")
    .replaceAll(folder.path, "~")
    .replaceAll(/\d+(\.\d+)? m?s\b/g, "N ms")}\n`;

/** What kills `motte` right before or after a commit. */
const killing = (at: string): { readonly env: NodeJS.ProcessEnv } => ({
  env: {
    ...process.env,
    NODE_OPTIONS: `--import=${pathToFileURL(KILLER).href}`,
    KILL_AT: at,
    KILL_RESOLVE: CORE,
  },
});

/** Who is in a session, or the code of the error that opening it gives. */
async function opens(store: string, sessionId: string): Promise<string> {
  try {
    await using auth = await useSqliteAuthState(store.slice("sqlite:".length), {
      sessionId,
      create: "never",
    });
    return auth.state.creds.me?.name ?? "nobody";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "unknown";
  }
}

/** A database with sessions `a`, `b` and `c`. */
async function fleet(name: string): Promise<string> {
  const file = folder.file(name);
  for (const sessionId of ["a", "b", "c"]) await pairedStore(file, { sessionId });
  return `sqlite:${file}`;
}

test("one session: a line for each phase on the error output, what became of it on the other", async () => {
  const from = await pairedStore(folder.file("one.db"), { mappings: 700 });
  const to = `sqlite:${folder.file("one-to.db")}`;

  const { code, out, error } = await runMotte(["migrate", from, to, "--verify", "deep"]);

  await expect(still(["--- error", ...error, "--- output", ...out])).toMatchFileSnapshot(
    "golden/migrate.txt",
  );
  expect(code).toBe(0);
});

test("all sessions: a line for each on the output, and one on the error output at the end", async () => {
  const from = await fleet("all.db");
  const to = `sqlite:${folder.file("all-to.db")}`;

  const { code, out, error } = await runMotte(["migrate", from, to, "--all"]);
  const again = await runMotte(["migrate", from, to, "--all"]);
  const lines = ["--- error", ...error, "--- output", ...out, "--- again", ...again.out];
  await expect(still(lines)).toMatchFileSnapshot("golden/migrate-all.txt");
  expect([code, again.code]).toEqual([0, 0]);

  const json = documents(await runMotte(["migrate", to, from, "--all", "--json"]));
  expect(json).toMatchObject([
    { session: "a", records: 46, started: "returning", sourceMarked: true },
    { session: "b" },
    { session: "c" },
  ]);
});

test("killed anywhere, --resume goes on with what is left, and no session is lost or open twice", async () => {
  const from = await fleet("killed.db");
  const to = `sqlite:${folder.file("killed-to.db")}`;
  const outcomes: string[] = [];
  for (const at of ["before 8", "after 12", "before 14"]) {
    const { code } = await runMotte(["migrate", from, to, "--all"], killing(at));
    expect(code).toBe(null);
    for (const sessionId of ["a", "b", "c"]) {
      const both = [await opens(from, sessionId), await opens(to, sessionId)];
      expect(both.filter((outcome) => outcome === "Ada").length).toBeLessThan(2);
      outcomes.push(...both);
    }
  }
  expect(outcomes).toContain("AUTH_STORE_IMPORTING");

  const { code, out } = await runMotte(["migrate", from, to, "--all", "--resume"]);
  expect(code).toBe(0);
  expect(out.filter((line) => /^[✓=]/.test(line))).toHaveLength(3);
  for (const sessionId of ["a", "b", "c"]) {
    expect([await opens(from, sessionId), await opens(to, sessionId)]).toEqual([
      "AUTH_STORE_MIGRATED",
      "Ada",
    ]);
  }
});

test("--resume refuses to begin, and goes on with one session as well", async () => {
  const from = await pairedStore(folder.file("resumed.db"));
  const to = `sqlite:${folder.file("resumed-to.db")}`;
  for (const more of [[], ["--all"]]) {
    const begun = await runMotte(["migrate", from, to, "--resume", ...more]);
    expect(begun.code).toBe(2);
    expect(begun.error.at(-1)).toMatch(/leave --resume out/);
  }

  expect((await runMotte(["migrate", from, to], killing("before 6"))).code).toBe(null);
  const { code, out } = await runMotte(["migrate", from, to, "--resume"]);
  expect(out[0]).toMatch(/^✓ acme: 46 records/);
  expect(code).toBe(0);
});

test("Ctrl-C ends it with one line, and the same call goes on", async () => {
  const from = await pairedStore(folder.file("stopped.db"), { mappings: 1_000 });
  const to = `file:${folder.file("stopped")}`;
  const child = startMotte(["migrate", from, to]);
  let error = "";
  const begun = new Promise<void>((resolve) => {
    child.stderr.on("data", (chunk: Buffer) => {
      error += chunk.toString();
      if (error.includes("reading")) resolve();
    });
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await Promise.race([begun, ended]);
  child.kill("SIGINT");

  expect(await ended).toBe(1);
  expect(error.trimEnd().split("\n").at(-1)).toBe("Interrupted by SIGINT");
  expect((await runMotte(["migrate", from, to])).code).toBe(0);
  await using auth = await useFileAuthState(folder.file("stopped"), { sessionId: "acme" });
  expect(await auth.state.keys.get("lid-mapping", ["55999"])).toEqual({ "55999": "955999" });
});

test("a session in use, a wrong type and a newer store are refused", async () => {
  const from = await fleet("refused.db");
  {
    await using bot = await useSqliteAuthState(folder.file("refused.db"), { sessionId: "b" });
    const to = `sqlite:${folder.file("refused-to.db")}`;
    expect((await runMotte(["migrate", from, to, "--all"])).code).toBe(4);
    expect(bot.state.creds.me?.name).toBe("Ada");
    // Refused before anything moved.
    expect((await runMotte(["verify", `${from}#a`])).code).toBe(0);
  }
  const taken = await pairedStore(folder.file("taken.db"), { sessionId: "a" });
  const occupied = await runMotte(["migrate", `${from}#a`, taken]);
  expect(occupied.code).toBe(1);
  expect(occupied.error.at(-1)).toMatch(/holds an account already/);
  const among = await runMotte(["migrate", from, taken, "--all"]);
  expect(among.code).toBe(1);
  expect(among.error.slice(-2)).toEqual([
    expect.stringMatching(/^migrated: \d of 3 sessions/),
    expect.stringMatching(/^a: .*holds an account already/),
  ]);

  const database = await openSqlite(folder.file("taken.db"));
  database.exec("PRAGMA user_version = 999");
  database.close();
  const newer = await runMotte(["migrate", taken, "memory:", "--json"]);
  expect(newer.code).toBe(1);
  expect(documents(newer)).toMatchObject([{ error: { code: "AUTH_STORE_SCHEMA_NEWER" } }]);
});

test("a large account needs little memory", async () => {
  const from = await pairedStore(folder.file("large.db"), { mappings: 20_000 });
  const report = folder.file("peak");
  const env = {
    ...process.env,
    NODE_OPTIONS: `--import=${pathToFileURL(MEASURE).href}`,
    PEAK_FILE: report,
  };

  const to = `sqlite:${folder.file("large-to.db")}`;
  expect((await runMotte(["migrate", from, to], { env })).code).toBe(0);

  expect((await stat(folder.file("large.db"))).size).toBeGreaterThan(2_000_000);
  expect(Number(await readFile(report, "utf8"))).toBeLessThan(200 * 1024);
});
