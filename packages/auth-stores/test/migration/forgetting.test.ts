import { forgetMigration, migrate } from "@motte/auth-stores/migration";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { expect, test } from "vitest";
import { getAny, setAny } from "../support/keys.ts";
import { createAccount, openAccount, outcomeOfOpening, places } from "./accounts.ts";

const SESSION = { _sessions: {}, version: "v1" };

test.each(Object.keys(places))(
  "a session that has moved opens again once its migration is forgotten, without old ratchets (%s)",
  async (kind) => {
    const open = places[kind];
    if (open === undefined) throw new Error("there is such a place");
    await using place = await open();
    await using backend = await place.open();
    await createAccount(backend, async (handle) => {
      await setAny(handle, "session", "1.0", SESSION);
      await setAny(handle, "device-list", "1", ["0"]);
      await setAny(handle, "lid-mapping", "1", "2");
    });
    const from = { backend, sessionId: "a" };
    expect(await forgetMigration(from)).toBe(false);
    for (const keepRatchets of [true, false]) {
      await migrate({ from, to: { backend: memoryBackend(), sessionId: "b" } });
      expect(await outcomeOfOpening(backend)).toBe("AUTH_STORE_MIGRATED");
      expect(await forgetMigration({ ...from, keepRatchets })).toBe(true);
      await using handle = await openAccount(backend);
      expect(await getAny(handle, "session", "1.0")).toEqual(keepRatchets ? SESSION : null);
      expect(await getAny(handle, "device-list", "1")).toEqual(keepRatchets ? ["0"] : null);
      expect(await getAny(handle, "lid-mapping", "1")).toBe("2");
    }
  },
);

test("what is open, missing or half imported is refused, and an unknown option, too", async () => {
  const backend = memoryBackend();
  await createAccount(backend, async () => {});
  const place = { backend, sessionId: "a" };
  await expect(forgetMigration({ ...place, sessionId: "b" })).rejects.toMatchObject({
    code: "AUTH_STORE_NOT_FOUND",
  });
  await using handle = await openAccount(backend);
  await expect(forgetMigration(place)).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  await handle.close();
  const session = await backend.open("a", {
    create: false,
    owner: "test",
    leaseMs: 60_000,
    isKnownDead: () => true,
  });
  const meta = new Map([["importing", Buffer.from("{}")]]);
  await session.commit({ batchId: "1", ops: [], meta });
  await session.release();
  await expect(forgetMigration(place)).rejects.toMatchObject({ code: "AUTH_STORE_IMPORTING" });
  const wrong = { ...place, ratchets: true };
  await expect(forgetMigration(wrong)).rejects.toMatchObject({ code: "USAGE_UNKNOWN_OPTION" });
});
