import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { useSqliteAuthState } from "@motte/auth-stores";
import { expect, test } from "vitest";
import { redisCommand, startRedis, until } from "../support/redis-server.ts";
import { type MotteRun, runMotte, startMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const GROUPS = [
  "set 1 record",
  "set 100 records",
  "set 1000 records",
  "get 1 record",
  "get 100 records",
];

const bench = (...args: string[]): Promise<MotteRun> =>
  runMotte(["bench", "key-store", "--quick", "--rounds", "1", ...args]);

interface Figure {
  readonly group: string;
  readonly name: string;
  readonly kind: string;
  readonly value: number;
}

function figuresOf({ out }: MotteRun): readonly Figure[] {
  expect(out).toHaveLength(1);
  const run = JSON.parse(out.join("")) as { areas: [{ figures: Figure[] }] };
  return run.areas[0].figures;
}

test("motte bench shows what each store does in a second, and leaves none of it behind", async () => {
  await using folder = await temporaryFolder();
  const stores = [`sqlite:${folder.file("new.db")}`, `files:${folder.file("sessions")}`];
  const { code, out, error } = await bench("--store", stores[0] ?? "", "--store", stores[1] ?? "");

  expect(code).toBe(0);
  expect(error).toEqual([expect.stringMatching(/^measuring: 30 turns in /)]);
  expect(out.filter((line) => line.length > 80)).toEqual([]);
  expect(out.filter((line) => GROUPS.includes(line))).toEqual(GROUPS);
  expect(out.filter((line) => /^ {2}…\S*new\.db +[\d,.]+\/s +[\d,.]+x/.test(line))).toHaveLength(5);
  expect(out.filter((line) => /^ {2}useMultiFileAuthState +[\d,.]+\/s$/.test(line))).toHaveLength(
    5,
  );
  expect(await readdir(folder.path)).toEqual([]);
});

test("motte bench touches no session that is there, and removes what a killed one has left", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("wa.db");
  for (const sessionId of ["acme", "motte-bench-00c0ffee0000"]) {
    await using auth = await useSqliteAuthState(file, { sessionId });
    await auth.state.keys.set({ "sender-key": { mine: Buffer.from("untouched") } });
  }
  const inspect = (): Promise<MotteRun> => runMotte(["inspect", `sqlite:${file}#acme`, "--json"]);
  const before = await inspect();

  // Run twice: the second finds what the first has left, which is nothing.
  expect((await bench("--store", `sqlite:${file}`)).code).toBe(0);
  expect((await bench("--store", `sqlite:${file}`)).code).toBe(0);

  expect((await inspect()).out).toEqual(before.out);
  const { out } = await runMotte(["sessions", `sqlite:${file}`, "--json"]);
  expect(JSON.parse(out.join(""))).toMatchObject({ sessions: [{ sessionId: "acme" }] });
  await using auth = await useSqliteAuthState(file, { sessionId: "acme" });
  const { mine } = await auth.state.keys.get("sender-key", ["mine"]);
  expect(Buffer.from(mine ?? []).toString()).toBe("untouched");
});

test("motte bench --json is one document with the machine and every figure", async () => {
  const run = await bench("--store", "memory:", "--json");

  expect(run.code).toBe(0);
  expect(JSON.parse(run.out.join(""))).toMatchObject({
    bench: "motte",
    version: 1,
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown,
    environment: { node: process.version, cores: expect.any(Number) as unknown },
    areas: [{ area: "key-store", durability: expect.any(String) as unknown }],
  });
  const figures = figuresOf(run);
  expect([...new Set(figures.map(({ group }) => group))]).toEqual(GROUPS);
  const names = figures.map(({ kind, name }) => `${kind} of ${name}`);
  expect([...new Set(names)]).toEqual([
    "ratio of memory:",
    "measure of memory:",
    "measure of useMultiFileAuthState",
  ]);
  expect(figures.filter(({ value }) => !(value > 0))).toEqual([]);
});

test("motte bench measures a Redis server, hides its password, and leaves its keys as they were", async () => {
  await using redis = await startRedis(["--requirepass", "topsecret"]);
  const url = `redis://:topsecret@127.0.0.1:${redis.port}`;
  const { code, out, error } = await bench("--store", url);

  expect(code).toBe(0);
  expect([...out, ...error].join("\n")).not.toContain("topsecret");
  expect(out.join("\n")).toContain(`redis://…@127.0.0.1:${redis.port}`);
  expect(await redisCommand(redis.port, "AUTH topsecret\r\nDBSIZE", 2)).toContain(":0");
});

test("motte bench ended by Ctrl-C leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  const html = ["--html", folder.file("report.html")];
  const stores = [`sqlite:${folder.file("wa.db")}`, `file:${folder.file("auth")}`];
  const named = stores.flatMap((store) => ["--store", store]);
  const child = startMotte(["bench", "key-store", "--rounds", "100", ...html, ...named]);
  let error = "";
  child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString()));
  const closed = once(child, "close");
  await until("it writes", async () => {
    const files = await readdir(folder.path, { recursive: true });
    return files.some((file) => file.startsWith("auth") && file.includes("sender-key"));
  });
  child.kill("SIGINT");

  expect(await closed).toEqual([1, null]);
  expect(error).toContain("Interrupted by SIGINT");
  expect(await readdir(folder.path)).toEqual([]);
});

test("a store that another process has open is measured beside it", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("wa.db");
  await using auth = await useSqliteAuthState(file, { sessionId: "acme" });
  const { code } = await bench("--store", `sqlite:${file}`);
  expect(code).toBe(0);
  await auth.state.keys.set({ "sender-key": { still: Buffer.from("mine") } });
});

test("bad input is a usage error of motte bench, and makes nothing", async () => {
  await using folder = await temporaryFolder();
  await writeFile(
    folder.file("text"),
    "this is text, and no database that anything could be made of",
  );
  const taken = folder.file("taken");
  await using mine = await temporaryFolder();
  await writeFile(mine.file("creds.json"), "{}");
  const before = await readdir(folder.path);

  for (const [args, words] of [
    [["bench", "--quick"], /--quick is for one area: name key-store, migration/],
    [["bench", "key-stor"], /no area "key-stor"; did you mean "key-store"\?; it has key-store/],
    [["bench", "key-store", "--to", "memory:"], /takes no --to, which is for migration/],
    [["bench", "key-store", "--rounds", "0"], /--rounds must be from 1 to 100/],
    [["bench", "key-store", "--rounds", "many"], /must be a whole number/],
    [["bench", "key-store", "--store", "sqlit:./wa.db"], /is no store/],
    [["bench", "key-store", "--store", `sqlite:${taken}#acme`], /leave #acme out/],
    [["bench", "key-store", "--store", `baileys:${mine.path}`], /another program's store/],
    [["bench", "key-store", "--store", `file:${mine.path}`], /is one session as a whole/],
    [
      ["bench", "key-store", "--store", `sqlite:${folder.file("no/wa.db")}`],
      /in a folder that is there/,
    ],
    [["bench", "key-store", "--html", folder.file("no/report.html")], /cannot be written/],
    [["bench", "key-store", "--html", folder.path], /cannot be written/],
  ] as const) {
    const { code, out, error } = await runMotte(args);
    expect({ args, code, out, lines: error.length }).toEqual({ args, code: 2, out: [], lines: 1 });
    expect(error[0]).toMatch(words);
  }
  const broken = await bench("--store", `sqlite:${folder.file("text")}`);
  expect(broken).toMatchObject({ out: [], error: [expect.any(String) as unknown] });
  expect(broken.code).not.toBe(0);
  expect(await readdir(folder.path)).toEqual(before);
  expect(await readdir(mine.path)).toEqual(["creds.json"]);
});
