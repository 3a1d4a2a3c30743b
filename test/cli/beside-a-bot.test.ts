import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CleanupStack } from "@motte/core/cleanup";
import { describe, expect, test } from "vitest";
import { pairedStore } from "../support/paired-store.ts";
import { redisCommand, startRedis } from "../support/redis-server.ts";
import { program } from "../support/run-bot.ts";
import { type MotteRun, runMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A bot that writes again and again, in a process of its own. */
async function writingBot(
  place: string,
  pauseMs: number,
  cleanup: CleanupStack,
): Promise<ChildProcess> {
  const bot = spawn(process.execPath, [program("writing-bot.mjs"), place, String(pauseMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  cleanup.defer(async () => {
    if (bot.exitCode !== null || bot.signalCode !== null) return;
    bot.kill("SIGKILL");
    await once(bot, "exit");
  });
  await once(bot.stdout, "data");
  return bot;
}

/** A place for a store of a kind, as a bot and as `motte` name it, and the folder it is in. */
async function newPlace(kind: string, cleanup: CleanupStack) {
  const folder = cleanup.use(await temporaryFolder());
  if (kind === "redis") {
    const redis = cleanup.use(await startRedis(["--appendonly", "yes"]));
    const lease = (): Promise<string> =>
      redisCommand(redis.port, "HGET motte:{default}:meta epoch", 2);
    return { place: redis.url, store: redis.url, folder, lease };
  }
  const path = folder.file(kind === "sqlite" ? "wa.db" : "auth");
  if (kind !== "sqlite") await mkdir(path, { mode: 0o700 });
  const place = kind === "files" ? join(path, "default") : path;
  const lease = async (): Promise<string> =>
    kind === "sqlite" ? "" : (await readdir(join(place, ".auth-store", "lock"))).join();
  return { place, store: `${kind}:${path}`, folder, lease };
}

interface Looked {
  readonly openIn?: string | null;
  readonly sound?: boolean;
  readonly findings?: readonly object[];
  readonly families?: readonly { readonly type: string; readonly records: number }[];
  readonly stores?: readonly {
    readonly findings: readonly object[];
    readonly sessions: readonly object[];
  }[];
}
const json = ({ out }: MotteRun): Looked => JSON.parse(out.join("")) as Looked;

describe.each(["sqlite", "file", "files", "redis"])(
  "beside a bot that writes to a store: %s",
  (kind) => {
    test("inspect, verify, doctor and sessions see it whole, say that it is open, and leave it alone", async () => {
      await using cleanup = new CleanupStack();
      const { place, store, folder, lease } = await newPlace(kind, cleanup);
      const bot = await writingBot(place, 100, cleanup);
      const openIn: unknown = expect.stringMatching(new RegExp(`^${bot.pid}@`));
      const [before, names] = [await lease(), await readdir(folder.path)];

      const inspected = await runMotte(["inspect", store, "--json"]);
      expect(inspected).toMatchObject({ code: 0, error: [] });
      expect(json(inspected)).toMatchObject({ openIn, corrupt: 0, findings: [] });
      const records = json(inspected).families?.map(({ type, records: count }) => [type, count]);
      expect(records).toEqual([["lid-mapping", 200]]);
      const verified = await runMotte(["verify", store, "--json"]);
      expect(verified).toMatchObject({ code: 0, error: [] });
      expect(json(verified)).toMatchObject({ openIn, sound: true, findings: [] });
      const examined = await runMotte(["doctor", store, "--json"]);
      expect(examined).toMatchObject({ code: 0, error: [] });
      expect(json(examined).stores).toMatchObject([
        { findings: [], sessions: [{ openIn, records: 200 }] },
      ]);
      const listed = await runMotte(["sessions", store]);
      expect(listed.out[1]).toContain(`${bot.pid}@`);

      expect((await runMotte(["verify", store])).out[1]).toMatch(/^open in \d+@.*goes on/);
      expect((await runMotte(["doctor", store])).out.join("\n")).toMatch(
        /200 records.* beside \d+@/,
      );
      expect(await lease()).toBe(before);
      expect(await readdir(folder.path)).toEqual(names);
      expect(bot.exitCode).toBe(null);
    });

    test("one that never pauses is not taken for damaged", async () => {
      await using cleanup = new CleanupStack();
      const { place, store } = await newPlace(kind, cleanup);
      const bot = await writingBot(place, 0, cleanup);

      const looked = await runMotte(["verify", store, "--json"]);

      const isBusy = looked.code === 4 && /quieter time, or stop the bot/.test(looked.error.join());
      const { sound, findings } = isBusy ? { sound: true, findings: [] } : json(looked);
      expect({ sound, findings }).toEqual({ sound: true, findings: [] });
      expect(bot.exitCode).toBe(null);
    });
  },
);

describe("motte sessions", () => {
  test("says that an account has moved, and where to", async () => {
    await using folder = await temporaryFolder();
    const one = await pairedStore(folder.file("one.db"));
    const other = `files:${folder.file("other")}`;
    expect((await runMotte(["migrate", one, `${other}#acme`])).code).toBe(0);
    const moved = `file:${folder.file("other")}#acme`;

    expect((await runMotte(["sessions", one])).out[1]).toMatch(new RegExp(` moved to ${moved}$`));
    const told = await runMotte(["sessions", one, "--json"]);
    expect(json(told)).toMatchObject({ sessions: [{ standing: "moved", to: moved }] });
    const there = await runMotte(["sessions", other, "--json"]);
    expect(json(there)).toMatchObject({ sessions: [{ sessionId: "acme", standing: "here" }] });
  });

  test("says that one is half a copy, and of one that has moved what is to be known of it", async () => {
    await using folder = await temporaryFolder();
    const from = { kind: "redis", location: "redis:wa.example:6379/motte", sessionId: "acme" };
    const mark = JSON.stringify({ from, identity: "", fingerprint: "", copied: [] });
    const marks = [
      ["half", "importing", mark],
      ["other", "migrated", "of a newer version"],
    ] as const;
    for (const [sessionId, name, text] of marks) {
      const own = folder.file(`all/${sessionId}/.auth-store`);
      await mkdir(`${own}/lock/1`, { recursive: true });
      await writeFile(`${own}/lock/1/owner.json`, '{"owner":null,"untilMs":0}');
      const meta = { [name]: Buffer.from(text).toString("base64") };
      const times = { createdAtMs: 1, updatedAtMs: 1 };
      const content = { schema: 1, sessionId, ...times, families: [], meta };
      await writeFile(`${own}/meta.json`, JSON.stringify(content));
    }

    const { out, code } = await runMotte(["sessions", `files:${folder.file("all")}`]);

    expect(code).toBe(0);
    expect(out[1]).toMatch(/^half .* half copied from redis:wa\.example:6379\/motte#acme$/);
    expect(out[2]).toMatch(/^other .* moved to another store$/);
  });
});
