import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pairedStore } from "../support/paired-store.ts";
import { redisCommand, startRedis } from "../support/redis-server.ts";
import { program } from "../support/run-bot.ts";
import { type MotteRun, runMotte } from "../support/run-motte.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

// What a killed bot has left is what opening a session would put right: its lease, a log, a journal.
async function leftByKilledBot(place: string): Promise<void> {
  const owner = spawn(process.execPath, [program("killed-owner.mjs"), place]);
  await once(owner.stdout, "data");
  owner.kill("SIGKILL");
  await once(owner, "exit");
}

/** Every file and folder below a folder: its content, mode and when it was written. */
async function everythingIn(folder: string): Promise<object> {
  const names = (await readdir(folder, { recursive: true })).toSorted();
  const entries = names.map(async (name) => {
    const path = join(folder, name);
    const found = await stat(path);
    if (!found.isFile()) return [name, { mode: found.mode }] as const;
    const { mode, mtimeMs } = found;
    return [name, { mode, mtimeMs, content: await readFile(path, "hex") }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const ONE_ROUND = "--to memory: --quick --rounds 1 --json".split(" ");
const CALLS = [
  ["repair", (store: string) => ["repair", store, "--dry-run", "--json"]],
  ["migrate", (store: string) => ["migrate", store, "sqlite:new.db#new", "--dry-run", "--json"]],
  ["bench migration", (store: string) => ["bench", "migration", "--store", store, ...ONE_ROUND]],
  ["doctor", (store: string) => ["doctor", store, "--json"]],
  ["verify", (store: string) => ["verify", store, "--json"]],
  ["inspect", (store: string) => ["inspect", store, "--json"]],
  ["sessions", (store: string) => ["sessions", store, "--json"]],
] as const;

interface Plan {
  readonly repairs: readonly { readonly id: string }[];
}
const planned = ({ out }: MotteRun): string[] =>
  (JSON.parse(out.join("")) as Plan).repairs.map(({ id }) => id);

const place = async (folder: TemporaryFolder, kind: string): Promise<string> => {
  const path = folder.file(kind === "sqlite" ? "wa.db" : "auth");
  if (kind !== "sqlite") await mkdir(path, { mode: 0o700 });
  await leftByKilledBot(kind === "files" ? join(path, "default") : path);
  return `${kind}:${path}`;
};

describe.each(CALLS)("motte %s leaves byte for byte as it is", (name, call) => {
  test.each(["sqlite", "file", "files"])("a store of kind %s", async (kind) => {
    await using folder = await temporaryFolder();
    const store = await place(folder, kind);
    const before = await everythingIn(folder.path);

    const run = await runMotte(call(store), { cwd: folder.path });

    // Of what was left in a folder the doctor warns.
    expect(run).toMatchObject({ code: name === "doctor" && kind !== "sqlite" ? 3 : 0 });
    expect(await everythingIn(folder.path)).toEqual(before);
    expect(name !== "repair" || planned(run).includes("dead-owner")).toBe(true);
  });

  test("a session in Redis", async () => {
    await using redis = await startRedis(["--appendonly", "yes"]);
    await leftByKilledBot(redis.url);
    const all = async (): Promise<readonly string[]> =>
      Promise.all([
        redisCommand(redis.port, "DBSIZE", 1),
        redisCommand(redis.port, "HGETALL motte:{default}:meta", 5),
        redisCommand(redis.port, "GET motte:{default}:lease", 2),
      ]);
    const before = await all();

    const run = await runMotte(call(redis.url));

    expect(run.code).toBe(0);
    expect(await all()).toEqual(before);
  });
});

test("motte repair --dry-run looks behind what a killed bot has left, and says what the repair then does", async () => {
  await using folder = await temporaryFolder();
  const path = folder.file("auth");
  await mkdir(path, { mode: 0o700 });
  await leftByKilledBot(path);
  // Half of a mapping, as Baileys would have it.
  await writeFile(join(path, "lid-mapping-15559999.json"), '"98765"', { mode: 0o600 });
  const store = `file:${path}`;

  const plan = planned(await runMotte(["repair", store, "--dry-run", "--json"]));

  expect(plan).toContain("lid-mapping");
  expect(plan).toEqual(planned(await runMotte(["repair", store, "--json"])));
});

test.each(["sqlite:new.db", "file:new", "files:new#acme"])(
  "motte migrate --dry-run makes no store %s, and plans the one that it would be",
  async (to) => {
    await using folder = await temporaryFolder();
    const from = await pairedStore(folder.file("wa.db"));
    const call = ["migrate", from, to];
    const here = { cwd: folder.path };
    const names = await readdir(folder.path);

    const plan = await runMotte([...call, "--dry-run", "--json"], here);
    expect(await readdir(folder.path)).toEqual(names);
    const done = await runMotte([...call, "--json"], here);

    const told = [plan, done].map(({ out }) => JSON.parse(out.join("")) as { to: object });
    expect(told[0]).toMatchObject({ target: "empty", to: told[1]?.to });
  },
);

test("motte migrate --dry-run of an account that would come back says so", async () => {
  await using folder = await temporaryFolder();
  const [one, other] = [await pairedStore(folder.file("one.db")), `file:${folder.file("other")}`];
  expect((await runMotte(["migrate", one, other])).code).toBe(0);
  const before = await everythingIn(folder.path);

  const { out, code } = await runMotte(["migrate", other, one, "--dry-run", "--json"]);

  expect(JSON.parse(out.join(""))).toMatchObject({ target: "returning" });
  expect(code).toBe(0);
  expect(await everythingIn(folder.path)).toEqual(before);
});

test("motte migrate --dry-run to a Redis server leaves nothing there", async () => {
  await using folder = await temporaryFolder();
  await using redis = await startRedis(["--appendonly", "yes"]);
  const from = await pairedStore(folder.file("wa.db"));

  const { out, code } = await runMotte(["migrate", from, redis.url, "--dry-run", "--json"]);

  expect(JSON.parse(out.join(""))).toMatchObject({ target: "empty" });
  expect(code).toBe(0);
  expect(await redisCommand(redis.port, "DBSIZE")).toBe(":0");
});
