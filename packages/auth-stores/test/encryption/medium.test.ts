import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type AuthStateHandle,
  type EncryptionOptions,
  useFileAuthState,
  useMemoryAuthState,
  useSqliteAuthState,
} from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { sealed, secretKey } from "@motte/auth-stores/encryption";
import { openSqlite } from "@motte/core/sqlite";
import { expect, test } from "vitest";
import { openSession, putOp } from "../support/backend-calls.ts";
import { getAny, setAny } from "../support/keys.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { watched } from "../support/watched-backend.ts";

const key = Buffer.alloc(32, 1);
const PHONE = "5511999990000";
const SECRET = "a very private ratchet";

async function write(file: string, encryption: EncryptionOptions | undefined) {
  const handle = await useSqliteAuthState(file, { ...(encryption && { encryption }) });
  await fill(handle);
  return handle;
}

async function fill(handle: AuthStateHandle): Promise<void> {
  const { state } = handle;
  state.creds.me = { id: `${PHONE}:1@s.whatsapp.net`, name: SECRET };
  await handle.saveCreds();
  state.creds.accountSyncCounter = 1;
  await handle.saveCreds();
  await setAny(handle, "session", `${PHONE}.0`, { _sessions: {}, version: SECRET });
  await setAny(handle, "lid-mapping", PHONE, `77${PHONE}`);
  await setAny(handle, "tctoken", `${PHONE}@s.whatsapp.net`, { token: Buffer.from(SECRET) });
  await setAny(handle, "sender-key", `1@g.us::${PHONE}::0`, Buffer.from(SECRET));
}

/** Every byte of a folder's files, a write-ahead log included, and their names. */
async function bytesIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const names = entries.map(({ name }) => Buffer.from(`${name}\n`));
  const contents = files.map(({ parentPath, name }) => readFile(join(parentPath, name)));
  return Buffer.concat([...names, ...(await Promise.all(contents))]).toString("latin1");
}

test("with hidden ids neither a secret nor a phone number is in the database or its log", async () => {
  await using folder = await temporaryFolder();
  const handle = await write(folder.file("auth.db"), { key, hideIds: true });
  const open = await bytesIn(folder.path);
  await handle.close();
  const closed = await bytesIn(folder.path);

  for (const bytes of [open, closed]) {
    expect(bytes).not.toContain(PHONE);
    expect(bytes).not.toContain(Buffer.from(SECRET).toString("base64").slice(0, 24));
    expect(bytes).not.toContain(SECRET);
    expect(bytes).toContain("lid-mapping");
  }
});

test("without hidden ids the values are hidden and the ids are not", async () => {
  await using folder = await temporaryFolder();
  await (await write(folder.file("auth.db"), { key })).close();
  const bytes = await bytesIn(folder.path);

  expect(bytes).not.toContain(SECRET);
  expect(bytes).toContain(PHONE);
});

test("a folder of files holds neither a secret nor a phone number, in names or contents", async () => {
  await using folder = await temporaryFolder();
  const path = folder.file("auth");
  const encryption = { key, hideIds: true };
  {
    await using handle = await useFileAuthState(path, { encryption });
    await fill(handle);
  }
  const bytes = await bytesIn(path);
  expect(bytes).not.toContain(SECRET);
  expect(bytes).not.toContain(PHONE);
  await expect(useFileAuthState(path)).rejects.toMatchObject({ code: "AUTH_STORE_ENCRYPTED" });

  await using again = await useFileAuthState(path, { encryption, create: "never" });
  expect(again.state.creds.me?.name).toBe(SECRET);
  expect(await getAny(again, "session", `${PHONE}.0`)).toMatchObject({ version: SECRET });
});

test("the search finds what is not encrypted", async () => {
  await using folder = await temporaryFolder();
  await (await write(folder.file("auth.db"), undefined)).close();
  const bytes = await bytesIn(folder.path);

  expect(bytes).toContain(SECRET);
  expect(bytes).toContain(PHONE);
});

test("a session with hidden ids lists its ids and values as they are", async () => {
  const backend = sealed(memoryBackend(), { keys: secretKey(key), hideIds: true });
  const session = await openSession(backend);
  const ops = [putOp("session", `${PHONE}.0`, "one"), putOp("session", "", "two")];
  await session.commit({ batchId: "1", ops: [...ops, putOp("device-list", PHONE, "three")] });

  const ids: string[] = [];
  for await (const id of session.ids("session")) ids.push(id);
  const scanned: string[] = [];
  for await (const [id, value] of session.scan("session")) {
    scanned.push(`${id}=${Buffer.from(value).toString()}`);
  }
  expect(ids.toSorted()).toEqual(["", `${PHONE}.0`]);
  expect(scanned.toSorted()).toEqual([`${PHONE}.0=one`, "=two"].toSorted());
});

test("a session cannot be opened with ids hidden that are not, nor the other way round", async () => {
  for (const hideIds of [false, true]) {
    const place = new MemoryPlace();
    const options = { place, encryption: { key, hideIds } };
    await (await useMemoryAuthState(options)).close();
    const other = { place, encryption: { key, hideIds: !hideIds } };
    await expect(useMemoryAuthState(other)).rejects.toMatchObject({ code: "USAGE_INVALID_OPTION" });
    await (await useMemoryAuthState({ place, encryption: { key } })).close();
  }
});

test.each([false, true])(
  "a plain session is encrypted in place when asked (hidden ids: %s)",
  async (hideIds) => {
    await using folder = await temporaryFolder();
    const file = folder.file("auth.db");
    const plain = await write(file, undefined);
    await plain.close();
    const adopted = await useSqliteAuthState(file, { encryption: { key, hideIds, adopt: true } });

    expect(adopted.state.creds).toEqual(plain.state.creds);
    expect(await getAny(adopted, "lid-mapping", PHONE)).toBe(`77${PHONE}`);
    await adopted.close();
    // The live rows, history included; SQLite itself keeps freed pages until it is vacuumed.
    const database = await openSqlite(file);
    database.exec("VACUUM");
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
    const bytes = await bytesIn(folder.path);
    expect(bytes).not.toContain(SECRET);
    expect(bytes.includes(PHONE)).toBe(!hideIds);
    await using again = await useSqliteAuthState(file, { encryption: { key }, create: "never" });
    expect(again.state.creds).toEqual(plain.state.creds);
    expect(await getAny(again, "session", `${PHONE}.0`)).toMatchObject({ version: SECRET });
  },
);

test("an adoption that is cut short at any commit is either not begun or goes on", async () => {
  let failures = 0;
  for (let at = 1; ; at++) {
    const place = new MemoryPlace();
    const plain = await useMemoryAuthState({ place });
    await setAny(plain, "device-list", "1", ["7"]);
    await plain.close();
    let commits = 0;
    const inner = watched(memoryBackend({ place }), {
      beforeCommit: () => {
        commits += 1;
        if (commits >= at) throw new Error("power cut");
      },
    });
    const options = { create: false, owner: "t", leaseMs: 1, isKnownDead: () => true };
    const cutShort = await sealed(inner, { keys: secretKey(key), adopt: true })
      .open("default", options)
      .then(
        (session) => session.release().then(() => false),
        () => true,
      );
    if (cutShort) failures += 1;

    {
      await using handle = await useMemoryAuthState({ place, encryption: { key, adopt: true } });
      expect(handle.state.creds).toEqual(plain.state.creds);
      expect(await getAny(handle, "device-list", "1")).toEqual(["7"]);
    }
    const raw = await memoryBackend({ place }).open("default", options);
    const history = await raw.readCredsHistory();
    expect(history.map(({ creds }) => creds[0])).toEqual(history.map(() => 0xe1));
    if (!cutShort) break;
  }
  expect(failures).toBeGreaterThan(5);
});
