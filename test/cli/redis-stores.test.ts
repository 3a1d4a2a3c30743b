import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { useRedisAuthState } from "@motte/auth-stores";
import { redisBackend } from "@motte/auth-stores/backends/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stage } from "../support/linked-bot.ts";
import { motteProcess } from "../support/motte-process.ts";
import { type RedisServer, redisCommand, startRedis } from "../support/redis-server.ts";
import { program } from "../support/run-bot.ts";
import { type MotteRun, runMotte } from "../support/run-motte.ts";
import { SENDER_KEY, soundAccount, storeSickness } from "../support/sick-account.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis(["--appendonly", "yes"]);
});
afterAll(() => redis[Symbol.asyncDispose]());

/** The name of a store of its own on the server, for `motte` and for the packages. */
function place(prefix: string) {
  return { store: `${redis.url}?prefix=${prefix}`, url: redis.url, prefix };
}

interface Repaired {
  readonly repairs: readonly { readonly id: string }[];
  readonly backups: readonly { readonly file: string }[];
  readonly left: readonly { readonly code: string }[];
}
const json = (run: MotteRun): Repaired => JSON.parse(run.out.join("\n")) as Repaired;
const ids = (run: MotteRun): string[] =>
  json(run)
    .repairs.map(({ id }) => id)
    .toSorted();

describe("motte repair on Redis", () => {
  test("mends what is safe after a copy in the working folder, and a second time there is nothing to do", async () => {
    await using folder = await temporaryFolder();
    const { store, url, prefix } = place("sick");
    {
      await using auth = await useRedisAuthState(url, { prefix, sessionId: "acme" });
      await soundAccount(auth);
    }
    {
      await using backend = await redisBackend(url, { prefix });
      await storeSickness(backend, "acme");
    }
    const creds = `GET ${prefix}:{acme}:creds`;
    const before = await redisCommand(redis.port, creds, 2);
    expect(before).toContain("noiseKey");
    await redisCommand(redis.port, `HSET ${prefix}:{acme}:k:sender-key ${SENDER_KEY} torn`);
    const call = ["repair", store, "--json"];
    const here = { cwd: folder.path };

    const planned = await runMotte([...call, "--dry-run"], here);
    expect(await readdir(folder.path)).toEqual([]);
    const done = await runMotte(call, here);
    const again = await runMotte(["repair", store], here);

    const expected = [
      "app-state-hash-length",
      "app-state-key-length",
      "corrupt-records",
      "lid-mapping",
      "pre-key-pair",
      "sender-key-memory",
    ];
    expect(ids(planned)).toEqual(expected);
    expect(ids(done)).toEqual(expected);
    expect(again.out).toEqual([store, "✓ nothing to repair"]);
    expect([planned, done, again].map(({ code, error }) => [code, error])).toEqual([
      [0, []],
      [0, []],
      [0, []],
    ]);
    expect(await redisCommand(redis.port, creds, 2)).toBe(before);
    const [copy = ""] = json(done).backups.map(({ file }) => file);
    expect(copy.startsWith(folder.path)).toBe(true);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    // The copy is as sick as the account was.
    expect(ids(await runMotte(["repair", `sqlite:${copy}`, "--dry-run", "--json"]))).toEqual(
      expected,
    );
  });

  test("leaves a session that a bot has open, and gives up that of a killed one", async () => {
    const owner = spawn(process.execPath, [program("killed-owner.mjs"), redis.url]);
    await once(owner.stdout, "data");
    const store = `${redis.url}#default`;

    const inUse = await runMotte(["repair", store, "--json"]);
    expect(json(inUse)).toMatchObject({ repairs: [], left: [{ code: "AUTH_STORE_IN_USE" }] });
    expect(inUse.error).toEqual([expect.stringContaining(`${owner.pid}@`)]);
    expect(inUse.code).toBe(4);
    owner.kill("SIGKILL");
    await once(owner, "exit");

    const done = await runMotte(["repair", store, "--json"]);
    expect([ids(done), done.code]).toEqual([["dead-owner"], 0]);
    const again = await runMotte(["repair", store, "--json"]);
    expect([ids(again), again.code]).toEqual([[], 0]);
  });

  test("a server that is not there, and one without that session", async () => {
    const nowhere = await runMotte(["repair", "redis://:secret@127.0.0.1:9"]);
    expect(nowhere.error).toEqual([expect.stringMatching(/Redis/)]);
    expect(nowhere.error.join()).not.toContain("secret");
    expect(nowhere.code).toBe(1);

    const nobody = await runMotte(["repair", `${place("empty").store}#nobody`]);
    expect(nobody.error).toEqual([expect.stringMatching(/no such session/)]);
    expect(nobody.code).toBe(2);
    expect((await runMotte(["repair", place("empty").store])).code).toBe(0);
  });
});

describe("motte pair on Redis", () => {
  test("links the session; a second time it is paired already, and only --replace takes its place", async () => {
    await using set = await stage({ seed: "pairing on redis" });
    const { store, url, prefix } = place("paired");
    const call = ["pair", `${store}#acme`, "--url", set.server.url, "--qr=raw"];
    const here = { cwd: set.folder.path };
    await using first = motteProcess(call, here);
    await set.phone.scan(await first.prints(/^2@|^https?:/));
    expect(await first.ended()).toBe(0);
    expect(first.error).toEqual([]);
    expect(first.out.at(-1)).toMatch(/^✓ paired as /);
    expect((await runMotte(["verify", store])).out.at(-1)).toBe("✓ sound");

    const again = await runMotte(call, here);
    expect(again.error).toEqual([expect.stringMatching(/is paired already, .*--replace/)]);
    expect(again.code).toBe(2);
    {
      await using bot = await useRedisAuthState(url, { prefix, sessionId: "acme" });
      expect(bot.state.creds.account).toBeDefined();
      const inUse = await runMotte([...call, "--replace"], here);
      expect(inUse.error).toEqual([expect.stringContaining(`${process.pid}@`)]);
      expect(inUse.code).toBe(4);
    }
    expect(await readdir(set.folder.path)).toEqual([]);

    const other = set.server.phone({ name: "Grace" });
    await using second = motteProcess([...call, "--replace", "--show-numbers"], here);
    await other.scan(await second.prints(/^2@|^https?:/));
    expect(await second.ended()).toBe(0);
    expect(second.out.at(-1)).toContain(`✓ paired as ${other.phoneNumber}:1@`);
    const [copy = ""] = (await readdir(set.folder.path)).filter((name) => name.endsWith(".db"));
    expect((await runMotte(["verify", `sqlite:${copy}`], here)).out.at(-1)).toBe("✓ sound");
  });

  test("stopped while it waits for the phone, the same call begins again", async () => {
    await using set = await stage();
    const { store } = place("stopped");
    const call = ["pair", store, "--phone", set.phone.phoneNumber, "--url", set.server.url];
    for (const [signal, code] of [
      ["SIGINT", 1],
      ["SIGKILL", null],
    ] as const) {
      await using stopped = motteProcess(call);
      await stopped.prints(/^pairing code /);
      stopped.kill(signal);
      expect(await stopped.ended()).toBe(code);
    }

    await using pairing = motteProcess(call);
    const code = /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(await pairing.prints(/^pairing code /))?.[0];
    await set.phone.enterPairingCode(code ?? "");
    expect(await pairing.ended()).toBe(0);
  });

  test("a server that may lose the account is refused before anything is connected to, one that is gone ends it", async () => {
    await using careless = await startRedis(["--maxmemory-policy", "allkeys-lru", "--save", ""]);
    const to = ["--url", "ws://127.0.0.1:9/"];

    const unsafe = await runMotte(["pair", careless.url, ...to]);
    expect(unsafe.error).toEqual([expect.stringMatching(/maxmemory-policy/)]);
    expect(unsafe.out).toEqual([]);
    expect(unsafe.code).toBe(2);
    expect(await redisCommand(careless.port, "DBSIZE")).toBe(":0");
    expect(unsafe.error.join()).toMatch(/or use another server; motte doctor says/);
    expect((await runMotte(["sessions", careless.url])).code).toBe(0);

    const nowhere = await runMotte(["pair", "redis://127.0.0.1:9", ...to]);
    expect(nowhere.error).toEqual([expect.stringMatching(/Redis/)]);
    expect(nowhere.out).toEqual([]);
    expect(nowhere.code).toBe(1);
  });
});
