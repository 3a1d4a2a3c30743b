import { type AuthBackend, type BackendSession, useMemoryAuthState } from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { seal, sealed, secretKey, unseal } from "@motte/auth-stores/encryption";
import { hasCode } from "@motte/core/errors";
import { describe, expect, test } from "vitest";
import { openSession, putOp } from "../support/backend-calls.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { watched } from "../support/watched-backend.ts";

const key = secretKey(Buffer.alloc(32, 1));
const otherKey = secretKey(Buffer.alloc(32, 2));
const here = { sessionId: "a", key };

/** A plain session with records, creds, earlier creds and a mark of its own. */
async function fill(backend: AuthBackend): Promise<void> {
  const session = await openSession(backend);
  for (const round of [1, 2, 3]) {
    const ops = ["x", "y", "z"].map((id) =>
      putOp("session", `${id}${round}`, `text ${id}${round}`),
    );
    const meta = new Map([["own", Buffer.from("mark")]]);
    await session.commit({ batchId: `${round}`, ops, creds: Buffer.from(`creds ${round}`), meta });
  }
  await session.release();
}

async function contentOf(session: BackendSession): Promise<readonly string[]> {
  const content = [`creds ${Buffer.from((await session.readCreds()) ?? []).toString()}`];
  for (const type of await session.types()) {
    for await (const [id, value] of session.scan(type)) {
      content.push(`${type} ${id} ${Buffer.from(value).toString()}`);
    }
  }
  for (const [name, value] of await session.readMeta()) {
    content.push(`meta ${name} ${Buffer.from(value).toString()}`);
  }
  return content.toSorted();
}

/** What a session holds, read with the key or without; `undefined` when it does not open that way. */
async function readAs(
  backend: AuthBackend,
  form: "plain" | "sealed",
): Promise<readonly string[] | undefined> {
  try {
    const session = await openSession(form === "plain" ? backend : sealed(backend, { keys: key }));
    const content = await contentOf(session);
    await session.release();
    return content.some((line) => line.startsWith("meta encryption")) ? undefined : content;
  } catch (error) {
    if (hasCode(error, "AUTH_STORE_NOT_ENCRYPTED")) return undefined;
    throw error;
  }
}

/** How many of the creds, earlier ones among them, are encrypted. */
async function sealedCreds(backend: AuthBackend): Promise<number> {
  const session = await openSession(backend);
  const history = (await session.readCredsHistory()).map(({ creds }) => creds);
  const all = [(await session.readCreds()) ?? new Uint8Array(), ...history];
  await session.release();
  return all.filter((creds) => !Buffer.from(creds).toString().startsWith("creds")).length;
}

describe.each([{ hideIds: false }, { hideIds: true }])("with %j", ({ hideIds }) => {
  test("a session that is encrypted and decrypted where it is holds what it held", async () => {
    const backend = memoryBackend();
    await fill(backend);
    const original = await readAs(backend, "plain");

    expect(await seal({ backend, ...here, hideIds })).toBe(true);
    expect(await readAs(backend, "plain")).toBeUndefined();
    expect(await readAs(backend, "sealed")).toEqual(original);
    expect(await sealedCreds(backend)).toBe(6);
    expect(await seal({ backend, ...here })).toBe(false);

    expect(await unseal({ backend, ...here })).toEqual({ changed: true, unreadable: 0 });
    expect(await readAs(backend, "plain")).toEqual(original);
    expect(await sealedCreds(backend)).toBe(0);
    expect(await unseal({ backend, ...here })).toEqual({ changed: false, unreadable: 0 });
  });
});

describe.each(["seal", "unseal"] as const)("%s", (what) => {
  test.each(["before", "after"] as const)(
    "stopped %s any of its commits, the session opens, and the same call completes it",
    async (when) => {
      const work = { seal, unseal }[what];
      let stops = 0;
      for (let commit = 1; ; commit++) {
        const place = new MemoryPlace();
        const backend = memoryBackend({ place });
        await fill(backend);
        const original = await readAs(backend, "plain");
        if (what === "unseal") await seal({ backend, ...here });
        let commits = 0;
        const stop = (): void => {
          if (++commits === commit) throw new Error("stopped");
        };
        const stopping = watched(backend, {
          [when === "before" ? "beforeCommit" : "afterCommit"]: stop,
        });
        const outcome = await work({ backend: stopping, ...here }).catch((error: unknown) => error);
        if (!(outcome instanceof Error)) break;
        stops += 1;

        const forms = [await readAs(backend, "plain"), await readAs(backend, "sealed")];
        expect(forms).toContainEqual(original);
        await work({ backend, ...here });
        expect(await readAs(backend, what === "seal" ? "sealed" : "plain")).toEqual(original);
        expect(await sealedCreds(backend)).toBe(what === "seal" ? 6 : 0);
      }
      expect(stops).toBeGreaterThan(3);
    },
  );
});

test("the wrong key and an open session change nothing", async () => {
  const place = new MemoryPlace();
  const backend = memoryBackend({ place });
  await fill(backend);
  await expect(unseal({ backend, sessionId: "nobody", key })).rejects.toMatchObject({
    code: "AUTH_STORE_NOT_FOUND",
  });
  await seal({ backend, ...here });
  for (const work of [seal, unseal]) {
    await expect(work({ backend, sessionId: "a", key: otherKey })).rejects.toMatchObject({
      code: "AUTH_STORE_WRONG_KEY",
    });
  }
  const open = await openSession(sealed(memoryBackend({ place }), { keys: key }));
  for (const work of [seal, unseal]) {
    await expect(work({ backend, ...here })).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  }
  await open.release();
});

test("a record that does not open stays as it is and is counted; creds that do not are refused", async () => {
  const backend = memoryBackend();
  await fill(backend);
  await seal({ backend, ...here });
  const session = await openSession(backend);
  const [damaged = null] = await session.read("session", ["x1"]);
  const bytes = Buffer.from(damaged ?? []).fill(7, 20);
  const ops = [{ op: "put", type: "session", id: "x1", value: bytes } as const];
  await session.commit({ batchId: "damage", ops });
  await session.release();

  expect(await unseal({ backend, ...here })).toEqual({ changed: true, unreadable: 1 });
  const after = await openSession(backend);
  const found = await after.read("session", ["x1", "y1"]);
  expect(found.map((value) => Buffer.from(value ?? []))).toEqual([bytes, Buffer.from("text y1")]);
  await after.release();

  await seal({ backend, ...here });
  const again = await openSession(backend);
  const creds = Buffer.from((await again.readCreds()) ?? []).fill(7, 20);
  await again.commit({ batchId: "creds", ops: [], creds });
  await again.release();
  await expect(unseal({ backend, ...here })).rejects.toMatchObject({ code: "AUTH_STORE_CORRUPT" });
  expect(await sealedCreds(backend)).toBeGreaterThan(0);
});

test("a session without anything is encrypted all the same", async () => {
  const backend = memoryBackend();
  await (await openSession(backend)).release();

  expect(await seal({ backend, ...here })).toBe(true);

  expect(await readAs(backend, "plain")).toBeUndefined();
  expect(await readAs(backend, "sealed")).toEqual(["creds "]);
});

test("a folder is encrypted and decrypted, and a bot goes on in it", async () => {
  await using folder = await temporaryFolder();
  await using backend = await fileBackend(folder.file("auth"), { durability: "process" });
  {
    await using bot = await useMemoryAuthState();
    const session = await openSession(backend);
    const creds = Buffer.concat([Buffer.of(4), Buffer.from(JSON.stringify(bot.state.creds))]);
    await session.commit({ batchId: "1", ops: [putOp("lid-mapping", "55", "\u000195")], creds });
    await session.release();
  }
  const original = await readAs(backend, "plain");
  await seal({ backend, ...here });
  expect(await readAs(backend, "sealed")).toEqual(original);
  await unseal({ backend, ...here });
  expect(await readAs(backend, "plain")).toEqual(original);
});
