import { AuthStoreError, openAuthState, useMemoryAuthState } from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { deferred } from "./support/deferred.ts";
import { setAny } from "./support/keys.ts";
import { storeBytes } from "./support/stored.ts";
import { watched } from "./support/watched-backend.ts";

async function listOf<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

test("a family lists its own ids and values, and no other family's", async () => {
  await using handle = await useMemoryAuthState();
  const { keys } = handle;
  await keys.set({
    "sender-key": { "1@g.us::2::0": Buffer.from("[]") },
    "sender-key-memory": { "1@g.us": { "2@s.whatsapp.net": true } },
    tctoken: { "1:3@lid": { token: Buffer.from("t") }, "2@lid": { token: Buffer.from("u") } },
  });

  expect(await listOf(keys.listIds("sender-key"))).toEqual(["1@g.us::2::0"]);
  expect((await listOf(keys.listIds("tctoken"))).toSorted()).toEqual(["1:3@lid", "2@lid"]);
  expect(await listOf(keys.list("sender-key"))).toEqual([["1@g.us::2::0", Buffer.from("[]")]]);
  expect(await listOf(keys.list("sender-key-memory"))).toEqual([
    ["1@g.us", { "2@s.whatsapp.net": true }],
  ]);
  expect(await listOf(keys.listIds("session"))).toEqual([]);
});

test("only what is durable is listed", async () => {
  const gate = deferred();
  const place = new MemoryPlace();
  await (await useMemoryAuthState({ place })).close();
  const backend = watched(memoryBackend({ place }), { beforeCommit: () => gate.promise });
  const handle = await openAuthState({ backend, sessionId: "default" });
  const set = setAny(handle, "device-list", "1", ["0"]);
  expect(await listOf(handle.keys.listIds("device-list"))).toEqual([]);
  gate.resolve();
  await set;

  expect(await listOf(handle.keys.listIds("device-list"))).toEqual(["1"]);
  await handle.close();
});

test("a corrupt record is set aside, reported and left out of the list", async () => {
  const place = new MemoryPlace();
  await (await useMemoryAuthState({ place })).close();
  const value = Buffer.from("\u0099?");
  await storeBytes(place, { ops: [{ op: "put", type: "device-list", id: "bad", value }] });
  await using handle = await useMemoryAuthState({ place });
  const reported: string[] = [];
  handle.onCorrupt(({ id }) => reported.push(id));
  await setAny(handle, "device-list", "good", ["0"]);

  expect(await listOf(handle.keys.list("device-list"))).toEqual([["good", ["0"]]]);
  expect(reported).toEqual(["bad"]);
  expect(await listOf(handle.keys.listIds("device-list"))).toEqual(["good"]);
});

test("a backend that is away for a moment does not make a list empty", async () => {
  const place = new MemoryPlace();
  {
    await using first = await useMemoryAuthState({ place });
    await setAny(first, "device-list", "1", ["0"]);
  }
  const clock = new ManualClock();
  const inner = memoryBackend({ place, clock });
  let failures = 2;
  const backend = {
    ...inner,
    open: async (...args: Parameters<typeof inner.open>) => {
      const session = await inner.open(...args);
      const ids = session.ids.bind(session);
      session.ids = async function* (type) {
        if (failures-- > 0)
          throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "busy", { retryable: true });
        yield* ids(type);
      };
      return session;
    },
  };
  const handle = await openAuthState({ backend, sessionId: "default", clock });
  const listing = listOf(handle.keys.listIds("device-list"));
  await clock.advance(2000);
  expect(await listing).toEqual(["1"]);

  failures = 100;
  const failing = listOf(handle.keys.listIds("device-list")).catch((error: unknown) => error);
  await clock.advance(2000);
  expect(await failing).toMatchObject({ code: "AUTH_STORE_UNAVAILABLE" });
  await handle.close();
});

test("a list that is under way ends with an error when the state is closed", async () => {
  const handle = await useMemoryAuthState();
  for (const id of ["1", "2", "3"]) await setAny(handle, "device-list", id, ["0"]);
  const seen: string[] = [];
  const listing = async (): Promise<void> => {
    for await (const id of handle.keys.listIds("device-list")) {
      seen.push(id);
      await handle.close();
    }
  };

  await expect(listing()).rejects.toMatchObject({ code: "AUTH_STORE_CLOSED" });
  expect(seen).toEqual(["1"]);
  await expect(listOf(handle.keys.listIds("device-list"))).rejects.toMatchObject({
    code: "AUTH_STORE_CLOSED",
  });
});
