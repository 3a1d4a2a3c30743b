import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { type AuthStateHandle, useFileAuthState } from "@motte/auth-stores";
import { DEFAULT_CONNECTION_CONFIG, useMultiFileAuthState } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { families } from "../support/arbitraries.ts";
import { getAny, setAny } from "../support/keys.ts";
import { type SignalParty, say, signalParty, startSession } from "../support/signal-party.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

type Opened = Pick<AuthStateHandle, "state" | "saveCreds" | "makeSignalRepository" | "close">;

/** Baileys' own store, with what ours has besides. */
async function useStock(folder: string): Promise<Opened> {
  const { state, saveCreds } = await useMultiFileAuthState(folder);
  return {
    state,
    saveCreds,
    makeSignalRepository: DEFAULT_CONNECTION_CONFIG.makeSignalRepository,
    close: async () => {},
  };
}

function openParty(handle: Opened, user: string): SignalParty {
  return signalParty(handle as AuthStateHandle, user);
}

test("a conversation goes on however often the folders change hands between Baileys and us", async () => {
  await using folder = await temporaryFolder();
  const [a, b] = [folder.file("a"), folder.file("b")];
  for (let round = 0; round < 6; round++) {
    const useOne = round % 2 === 0 ? useStock : useFileAuthState;
    const useOther = round % 3 === 0 ? useStock : useFileAuthState;
    const [first, second] = [await useOne(a), await useOther(b)];
    using ada = openParty(first, "100");
    using grace = openParty(second, "200");
    if (round === 0) await startSession(ada, grace);
    expect(await say(ada, grace, `question ${round}`)).toBe(`question ${round}`);
    expect(await say(grace, ada, `answer ${round}`)).toBe(`answer ${round}`);
    await Promise.all([first.saveCreds(), second.saveCreds()]);
    await Promise.all([first.close(), second.close()]);
  }
});

test("creds are the same for both, and nobody else's", async () => {
  await using folder = await temporaryFolder();
  const stock = await useStock(folder.path);
  stock.state.creds.me = { id: "1:2@s.whatsapp.net", name: "Ada" };
  stock.state.creds.additionalData = { "2021": 5 };
  await stock.saveCreds();

  const ours = await useFileAuthState(folder.path, { create: "never" });
  expect(ours.state.creds).toEqual(stock.state.creds);
  ours.state.creds.accountSyncCounter = 7;
  await ours.saveCreds();
  await ours.close();

  const { creds } = (await useStock(folder.path)).state;
  expect(creds.accountSyncCounter).toBe(7);
  expect(creds.noiseKey).toEqual(stock.state.creds.noiseKey);
});

test("what one writes, the other reads, for every family", async () => {
  for (const [type, { id: ids, value: values }] of Object.entries(families)) {
    if (type === "bridge-state") continue;
    await using folder = await temporaryFolder();
    const samples = fc.sample(fc.tuple(ids, values), { numRuns: 12, seed: 1 });
    const records = new Map<string, unknown>(samples);

    const stock = await useStock(folder.path);
    await stock.saveCreds();
    for (const [id, value] of records) await setAny(stock, type, id, value);
    const ours = await useFileAuthState(folder.path, { create: "never" });
    const asStockReads = new Map<string, unknown>();
    for (const [id, value] of records) {
      expect(await getAny(ours, type, id)).toEqual(value);
      asStockReads.set(id, await getAny(stock, type, id));
      await setAny(ours, type, id, null);
    }
    await ours.flush();
    for (const [id, value] of records) await setAny(ours, type, id, value);
    await ours.close();

    for (const [id, expected] of asStockReads) {
      expect(await getAny(stock, type, id)).toEqual(expected);
    }
    const names = readdirSync(folder.path);
    expect(names.filter((name) => name.startsWith(`${type}-`))).toHaveLength(records.size);
  }
});

test("a family that Baileys does not have yet is in its files all the same", async () => {
  await using folder = await temporaryFolder();
  const ours = await useFileAuthState(folder.path);
  await setAny(ours, "next-family", "1.0", { key: Buffer.from("x") });
  await ours.close();

  const stock = await useStock(folder.path);
  expect(await getAny(stock, "next-family", "1.0")).toEqual({
    key: Buffer.from("x"),
  });
  await setAny(stock, "other-family", "2", "text");
  await using again = await useFileAuthState(folder.path, { create: "never" });
  expect(await getAny(again, "other-family", "2")).toBe("text");
  expect(await getAny(again, "next-family", "1.0")).toEqual({ key: Buffer.from("x") });
});

test("ids that Baileys confuses with each other are told apart", async () => {
  await using folder = await temporaryFolder();
  const ids = ["1:2@lid", "1-2@lid", "a/b", "a__b", "AbC", "../x", "", "x".repeat(300)];
  const ours = await useFileAuthState(folder.path);
  for (const id of ids) await setAny(ours, "tctoken", id, { token: Buffer.from(id) });
  await ours.close();

  await using again = await useFileAuthState(folder.path, { create: "never" });
  for (const id of ids)
    expect(await getAny(again, "tctoken", id)).toEqual({ token: Buffer.from(id) });
});

test("values that only look like bytes come back as they were", async () => {
  await using folder = await temporaryFolder();
  const value = { type: "Buffer", data: "not base64", nested: { "2021": 5, buffer: true } };
  const ours = await useFileAuthState(folder.path);
  await setAny(ours, "bridge", "1", value);
  await ours.close();

  await using again = await useFileAuthState(folder.path, { create: "never" });
  expect(await getAny(again, "bridge", "1")).toEqual(value);
});

test.each([
  ["pre-key-1", { public: "A".repeat(43) + "=", private: { 0: 1 } }, "pre-key", "1"],
  ["identity-key-1.0", { type: "Buffer", data: [5, 1, 2] }, "identity-key", "1.0"],
  ["sender-key-1@g.us--2--0", [{ senderKeyId: 1 }], "sender-key", "1@g.us::2::0"],
  ["lid-mapping-1", 2, "lid-mapping", "1"],
])("%s.json of an earlier Baileys is read in today's shape", async (file, stored, type, id) => {
  await using folder = await temporaryFolder();
  await (await useStock(folder.path)).saveCreds();
  writeFileSync(folder.file(`${file}.json`), JSON.stringify(stored));

  await using ours = await useFileAuthState(folder.path, { create: "never" });
  const value = await getAny(ours, type, id);
  const bytes = value instanceof Uint8Array ? value : Reflect.get(Object(value), "public");
  expect(typeof value === "string" || bytes instanceof Uint8Array).toBe(true);
});

test("what Baileys wrote after we closed counts, and what it deleted is gone", async () => {
  await using folder = await temporaryFolder();
  const ours = await useFileAuthState(folder.path);
  await setAny(ours, "device-list", "1", ["0"]);
  await setAny(ours, "device-list", "2", ["0"]);
  await ours.close();
  expect(readdirSync(folder.file(".auth-store/journal"))).toEqual([]);

  const stock = await useStock(folder.path);
  await setAny(stock, "device-list", "1", ["0", "9"]);
  await setAny(stock, "device-list", "2", null);
  await using again = await useFileAuthState(folder.path, { create: "never" });
  expect(await getAny(again, "device-list", "1")).toEqual(["0", "9"]);
  expect(await getAny(again, "device-list", "2")).toBeNull();
});

test("files are Baileys' own text", async () => {
  await using folder = await temporaryFolder();
  const ours = await useFileAuthState(folder.path);
  await setAny(ours, "identity-key", "1.0", Buffer.from([5, 6]));
  await setAny(ours, "device-list", "1", ["0"]);
  await ours.close();

  const text = (name: string): string => readFileSync(folder.file(name), "utf8");
  expect(text("identity-key-1.0.json")).toBe('{"type":"Buffer","data":"BQY="}');
  expect(text("device-list-1.json")).toBe('["0"]');
});
