import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { useSqliteAuthState } from "@motte/auth-stores";
import { openSqlite } from "@motte/core/sqlite";
import { initAuthCreds } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { Program } from "./support/child.ts";
import { durableKinds, openDurable } from "./support/durable-states.ts";
import { getAny, setAny } from "./support/keys.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const UNAVAILABLE = { code: "AUTH_STORE_UNAVAILABLE", retryable: true };

/** Lets a running process make no file larger than this, as setrlimit(2) does: writes beyond it fail with EFBIG. */
async function limitFiles({ pid }: Program, bytes: number | "unlimited"): Promise<void> {
  await promisify(execFile)("prlimit", ["--pid", `${pid}`, `--fsize=${bytes}:unlimited`]);
}

const kinds = (await durableKinds()).filter((kind) => !kind.startsWith("redis"));
test.concurrent.each(kinds)(
  "a process that runs out of space loses nothing and goes on once there is some (%s)",
  async (kind) => {
    await using folder = await temporaryFolder();
    const first = await openDurable(kind, folder.path, initAuthCreds);
    const { noiseKey } = first.state.creds;
    await first.saveCreds();
    await first.close();

    await using program = Program.start("full-disk", kind, folder.path);
    const stored: number[] = [];
    const linesUntil = async (start: string): Promise<unknown> => {
      const lines = await program.linesUntil((line) => line.startsWith(start));
      const found = lines.map((line): [string, unknown] => {
        const space = line.indexOf(" ");
        return [line.slice(0, space), JSON.parse(line.slice(space))];
      });
      for (const [what, number] of found) if (what === "stored") stored.push(Number(number));
      return found.at(-1)?.[1];
    };
    await linesUntil("ready");
    for (let round = 0; round < 2; round++) {
      await limitFiles(program, 200_000);
      program.tell("go");
      const refused = await linesUntil("refused");
      expect(refused).toMatchObject(UNAVAILABLE);
      const { step, message } = Object(refused);
      expect(message).toContain("nothing was changed");
      const before = stored.at(-1) ?? -1;
      // Reads go on, and a record that was refused is not there.
      expect(await linesUntil("read")).toEqual(["0", step === "keys" ? null : `${before + 1}`]);
      expect(before).toBeGreaterThan(0);
      await limitFiles(program, "unlimited");
      program.tell("go");
      await linesUntil(`stored ${before + 3}`);
    }
    await program.kill();

    const again = await openDurable(kind, folder.path);
    expect(again.state.creds.noiseKey).toEqual(noiseKey);
    const last = stored.at(-1) ?? -1;
    expect(again.state.creds.accountSyncCounter).toBeGreaterThanOrEqual(last);
    const ids = stored.map(String);
    expect(stored).toEqual(Array.from({ length: last + 1 }, (_, number) => number));
    const mappings = await again.state.keys.get("lid-mapping", ids);
    const lists = await again.state.keys.get("device-list", ids);
    expect(ids.filter((id) => mappings[id] !== id || lists[id]?.[0] !== id)).toEqual([]);
    expect(again.corrupt()).toBe(0);
    await again.close();
  },
);

test("a database that may not grow says so, keeps what it has and the identity, and grows again", async () => {
  await using folder = await temporaryFolder();
  const database = await openSqlite(folder.file("auth.db"));
  await using handle = await useSqliteAuthState(database);
  const { noiseKey } = handle.state.creds;
  await setAny(handle, "lid-mapping", "1", "2");
  const pages = Number(Object.values(database.prepare("PRAGMA page_count").get() ?? {})[0]);
  database.exec(`PRAGMA max_page_count = ${pages + 3}`);

  const large = ["0", "x".repeat(50_000)];
  const refused = await setAny(handle, "device-list", "1", large).catch((error: unknown) => error);
  expect(refused).toMatchObject(UNAVAILABLE);
  expect(String(refused)).toMatch(/full.*Free space/);
  handle.state.creds.additionalData = { large };
  await expect(handle.saveCreds()).rejects.toMatchObject(UNAVAILABLE);
  expect(await getAny(handle, "device-list", "1")).toBeNull();
  expect(await getAny(handle, "lid-mapping", "1")).toBe("2");

  database.exec("PRAGMA max_page_count = 100000");
  await setAny(handle, "device-list", "1", large);
  await handle.saveCreds();
  await handle.close();
  await using again = await useSqliteAuthState(database, { create: "never" });
  expect(again.state.creds.noiseKey).toEqual(noiseKey);
  expect(again.state.creds.additionalData).toEqual({ large });
  expect(await getAny(again, "device-list", "1")).toEqual(large);
});
