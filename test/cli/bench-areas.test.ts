import { once } from "node:events";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { useSqliteAuthState } from "@motte/auth-stores";
import { seal } from "@motte/auth-stores/encryption";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { openSqlite } from "@motte/core/sqlite";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { NUMBER, pairedStore } from "../support/paired-store.ts";
import { redisCommand, startRedis, until } from "../support/redis-server.ts";
import { type MotteRun, runMotte, startMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const AREAS = ["key-store", "migration", "messages", "caches"];
const QUICK = ["--quick", "--rounds", "1"];

const bench = (area: string, ...args: string[]): Promise<MotteRun> =>
  runMotte(["bench", area, ...QUICK, ...args]);

interface Figure {
  readonly group: string;
  readonly name: string;
  readonly kind: string;
  readonly role: string;
  readonly value: number;
}

function figuresOf({ out }: MotteRun): readonly Figure[] {
  expect(out).toHaveLength(1);
  const run = JSON.parse(out.join("")) as { areas: [{ figures: Figure[] }] };
  return run.areas[0].figures;
}

/** What a session is, without whose it was last. */
async function contentOf(file: string): Promise<object> {
  const database = await openSqlite(file);
  try {
    const all = (sql: string): object[] => database.prepare(sql).all();
    return {
      sessions: all("SELECT sid, name, last_batch, rev, created_at, updated_at FROM session"),
      records: all("SELECT * FROM kv ORDER BY sid, type, id"),
      meta: all("SELECT * FROM meta ORDER BY sid, name"),
      creds: all("SELECT * FROM creds"),
      earlier: all("SELECT * FROM creds_history ORDER BY sid, rev"),
      aside: all("SELECT * FROM quarantine"),
    };
  } finally {
    database.close();
  }
}

/** Every file of a folder by its name, as it is on the disk. */
async function filesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder)).toSorted();
  const files = names.map(
    async (name) => [name, await readFile(join(folder, name), "hex")] as const,
  );
  return new Map(await Promise.all(files));
}

test("motte bench without an area says what there is to measure", async () => {
  const { code, out, error } = await runMotte(["bench"]);
  expect({ code, error }).toEqual({ code: 0, error: [] });
  expect(out.slice(0, -1).map((line) => line.split(" ")[0])).toEqual(AREAS);
  expect(out.at(-1)).toMatch(/^motte bench <area> measures one/);

  const { out: json } = await runMotte(["bench", "--json"]);
  const { areas } = JSON.parse(json.join("")) as { areas: { area: string; summary: string }[] };
  expect(areas.map(({ area }) => area)).toEqual(AREAS);
});

test.each([
  ["migration", ["SQLite to SQLite", "SQLite to files"], "plain reads and writes"],
  ["messages", ["getMessage", "recordSent", "messages of a history"], "prepared statements"],
  ["caches", ["hits", "misses"], "a Map"],
] as const)(
  "motte bench %s without a store measures beside the least that the work can cost",
  async (area, groups, limit) => {
    // Once where it is a person's, and once where it is a program's.
    const lines = await bench(area, ...(area === "migration" ? ["--to", "memory:"] : []));
    expect(lines.code).toBe(0);
    expect(lines.error).toEqual([expect.stringMatching(/^measuring: \d+ (turns|copies) in /)]);
    expect(lines.out.filter((line) => line.length > 80)).toEqual([]);
    // One or the other, and not nothing.
    const about = new RegExp(`^(reference: |There is no reference for ${area} yet)`);
    expect(lines.out.filter((line) => about.test(line))).toHaveLength(1);

    const figures = figuresOf(await bench(area, "--json"));
    expect([...new Set(figures.map(({ group }) => group))]).toEqual(groups);
    expect(figures.filter(({ value }) => !(value > 0))).toEqual([]);
    for (const group of groups) {
      const own = figures.filter((figure) => figure.group === group);
      expect(own.filter(({ role }) => role === "limit")).toMatchObject([
        { name: limit, kind: "measure" },
      ]);
      expect(own.filter(({ kind, role }) => kind === "ratio" && role === "ours")).not.toEqual([]);
    }
  },
);

test("motte bench migration copies the user's account, twice, and changes nothing in it", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("wa.db");
  const store = await pairedStore(file);
  await pairedStore(file, { sessionId: "other" });
  const before = await contentOf(file);
  const to = ["--to", `sqlite:${folder.file("to.db")}`, "--to", `files:${folder.file("to")}`];

  const first = await bench("migration", "--store", `${store}#acme`, ...to);
  expect(first.code).toBe(0);
  expect(first.out.filter((line) => line.length > 80)).toEqual([]);
  expect(
    first.out.filter((line) => /^ {2}motte migrate +[\d,.]+\/s +[\d,.]+x/.test(line)),
  ).toHaveLength(2);
  expect(first.out.join(" ")).toContain("46 records");
  expect([...first.out, ...first.error].join("\n")).not.toContain(NUMBER);
  expect((await bench("migration", "--store", `${store}#acme`, ...to)).code).toBe(0);

  expect(await contentOf(file)).toEqual(before);
  expect((await readdir(folder.path)).filter((name) => !name.startsWith("wa.db"))).toEqual([]);
  // Not marked as moved: the bot goes on where it was.
  await using auth = await useSqliteAuthState(file, { sessionId: "acme" });
  expect(auth.state.creds.me?.name).toBe("Ada");
});

test("motte bench migration leaves a session that a bot has open to the bot", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("wa.db");
  const store = await pairedStore(file);
  await using bot = await useSqliteAuthState(file, { sessionId: "acme" });
  const { code, out, error } = await bench("migration", "--store", store, "--json");

  expect(code).toBe(4);
  expect(JSON.parse(out.join(""))).toMatchObject({ error: { code: "AUTH_STORE_IN_USE" } });
  expect(error).toEqual([expect.stringContaining(`${process.pid}@`)]);
  await bot.state.keys.set({ "sender-key": { still: Buffer.from("mine") } });
  expect((await readdir(folder.path)).filter((name) => !name.startsWith("wa.db"))).toEqual([]);
});

test("motte bench migration copies an encrypted account with its key, and not without", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("wa.db");
  const store = await pairedStore(file);
  const key = Buffer.alloc(32, 7);
  await writeFile(folder.file("key"), key);
  {
    await using backend = await sqliteBackend(file);
    await seal({ backend, sessionId: "acme", key });
  }
  const before = await contentOf(file);

  const refused = await bench("migration", "--store", store);
  expect(refused).toMatchObject({ code: 1, out: [] });
  expect(refused.error.join("")).toContain("--key-file");
  const { code } = await bench("migration", "--store", store, "--key-file", folder.file("key"));
  expect(code).toBe(0);
  expect(await contentOf(file)).toEqual(before);
});

test("motte bench migration copies a folder of Baileys, and leaves every file of it as it was", async () => {
  await using folder = await temporaryFolder();
  const auth = folder.file("auth_info");
  const { state, saveCreds } = await useMultiFileAuthState(auth);
  await saveCreds();
  await state.keys.set({ "device-list": { [NUMBER]: ["0", "1"] } });
  const before = await filesIn(auth);
  const run = await bench("migration", "--store", `baileys:${auth}`, "--json");

  expect(run.code).toBe(0);
  expect([...new Set(figuresOf(run).map(({ group }) => group))]).toEqual([
    `baileys:${auth} to SQLite`,
    `baileys:${auth} to files`,
  ]);
  expect(await filesIn(auth)).toEqual(before);
  expect(await readdir(folder.path)).toEqual(["auth_info"]);
});

test("motte bench migration copies into a Redis server, and leaves its keys as they were", async () => {
  await using redis = await startRedis(["--requirepass", "topsecret"]);
  const url = `redis://:topsecret@127.0.0.1:${redis.port}`;
  await using folder = await temporaryFolder();
  const store = await pairedStore(folder.file("wa.db"));
  const { code, out, error } = await bench("migration", "--store", store, "--to", url);

  expect(code).toBe(0);
  expect([...out, ...error].join("\n")).not.toContain("topsecret");
  expect(out.join("\n")).toMatch(new RegExp(`to redis://…@127.0.0.1:${redis.port}$`, "m"));
  expect(await redisCommand(redis.port, "AUTH topsecret\r\nDBSIZE", 2)).toContain(":0");
});

test.each(["migration", "messages"])(
  "motte bench %s ended by Ctrl-C leaves nothing behind, and killed, what the next run removes",
  async (area) => {
    await using folder = await temporaryFolder();
    const file = folder.file("wa.db");
    // Of enough records that a copy is not over before anybody looks.
    await pairedStore(file, { mappings: 300 });
    const before = await contentOf(file);
    const ours = async (): Promise<readonly string[]> =>
      (await readdir(folder.path)).filter((name) => !name.startsWith("wa.db"));
    const started = () => {
      const child = startMotte(["bench", area, "--rounds", "100", "--store", `sqlite:${file}`]);
      let error = "";
      child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString()));
      child.stdout.resume();
      const ended = once(child, "close");
      const writes = until("it writes", async () => {
        if (child.exitCode !== null) throw new Error(error);
        const files = await readdir(folder.path, { recursive: true });
        return files.some((name) => /^\.motte-bench-\w+\/.*-wal$/.test(name));
      });
      return { child, ended, writes, errorOutput: () => error };
    };

    const stopped = started();
    await stopped.writes;
    stopped.child.kill("SIGINT");
    expect(await stopped.ended).toEqual([1, null]);
    expect(stopped.errorOutput()).toContain("Interrupted by SIGINT");
    expect(await ours()).toEqual([]);

    const killed = started();
    await killed.writes;
    killed.child.kill("SIGKILL");
    await killed.ended;
    expect(await ours()).toEqual([expect.stringMatching(/^\.motte-bench-/)]);
    // Whose process is not known to be gone is somebody else's.
    await mkdir(folder.file(".motte-bench-stranger"));
    expect((await bench(area, "--store", `sqlite:${file}`)).code).toBe(0);
    expect(await ours()).toEqual([".motte-bench-stranger"]);
    expect(await contentOf(file)).toEqual(before);
  },
);

test("motte bench messages makes a file of its own beside the one that is named", async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file("messages.db"), "this is no database, and nobody looks");
  const html = folder.file("report.html");
  const { code, out } = await bench(
    "messages",
    "--store",
    `sqlite:${folder.file("messages.db")}`,
    "--html",
    html,
  );

  expect(code).toBe(0);
  expect(out.at(-1)).toBe(`charts: ${html}`);
  expect(await readFile(html, "utf8")).toContain("messages of a history");
  expect((await readdir(folder.path)).toSorted()).toEqual(["messages.db", "report.html"]);
  expect(await readFile(folder.file("messages.db"), "utf8")).toMatch(/^this is no database/);
});

test("bad input is a usage error of every area, and makes nothing", async () => {
  await using folder = await temporaryFolder();
  const store = await pairedStore(folder.file("wa.db"));
  await pairedStore(folder.file("wa.db"), { sessionId: "other" });
  await useSqliteAuthState(folder.file("bare.db")).then((auth) => auth.close());
  await writeFile(folder.file("key"), Buffer.alloc(32, 7));
  await writeFile(folder.file("text"), "this is text, and no database of anything, however long");
  const key = ["--key-file", folder.file("key")];
  const before = (await readdir(folder.path)).toSorted();

  for (const [args, words] of [
    [["migratoin"], /no area "migratoin"; did you mean "migration"\?/],
    [["migration", "--store", store], /has 2 sessions: name one/],
    [["migration", "--store", `${store}#acne`], /no such session; did you mean "acme"\?/],
    [["migration", "--store", `sqlite:${folder.file("no.db")}`], /is not there/],
    [["migration", "--store", `baileys:${folder.file("no")}`], /./],
    [["migration", "--to", `${store}#acme`], /leave #acme out/],
    [["migration", "--to", `baileys:${folder.path}`], /another program's store/],
    [["migration", ...key], /name it with --store/],
    [["migration", "--store", `baileys:${folder.path}`, ...key], /leave the key out/],
    [["messages", "--store", "memory:"], /measures SQLite/],
    [["messages", "--store", `sqlite:${folder.file("no/wa.db")}`], /in a folder that is there/],
    [["messages", "--store", store, "--store", store], /one disk at a time/],
    [["messages", "--to", store], /takes no --to, which is for migration/],
    [["caches", "--store", store], /takes no --store, which is for key-store, migration, messages/],
    [["caches", ...key], /takes no --key-file, which is for migration/],
  ] as const) {
    const { code, out, error } = await runMotte(["bench", ...args, "--quick"]);
    const expected = { args, code: words.source === "." ? code : 2, out: [], lines: 1 };
    expect({ args, code, out, lines: error.length }).toEqual(expected);
    expect(error[0]).toMatch(words);
    expect(code).not.toBe(0);
  }
  for (const broken of ["bare.db", "text"]) {
    const run = await bench("migration", "--store", `sqlite:${folder.file(broken)}`);
    expect(run).toMatchObject({ out: [], error: [expect.any(String) as unknown] });
    expect(run.code).not.toBe(0);
  }
  expect((await readdir(folder.path)).toSorted()).toEqual(before);
});
