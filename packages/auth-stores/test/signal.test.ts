import { type AuthStateHandle, useMemoryAuthState, useSqliteAuthState } from "@motte/auth-stores";
import { MemoryPlace } from "@motte/auth-stores/backends/memory";
import {
  DEFAULT_CONNECTION_CONFIG,
  decodeSyncdPatch,
  encodeSyncdPatch,
  newLTHashState,
  proto,
} from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { deferred } from "./support/deferred.ts";
import { decrypt, encrypt, say, signalParty, startSession } from "./support/signal-party.ts";
import { getAny, setAny } from "./support/keys.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

test("a conversation goes on after both ends are opened again from SQLite", async () => {
  await using folder = await temporaryFolder();
  const open = (sessionId: string): Promise<AuthStateHandle> =>
    useSqliteAuthState(folder.file("auth.db"), { sessionId });
  {
    await using first = await open("a");
    await using second = await open("b");
    using ada = signalParty(first, "100");
    using grace = signalParty(second, "200");
    await startSession(ada, grace);
    expect(await say(ada, grace, "hello")).toBe("hello");
    expect(await say(grace, ada, "hello back")).toBe("hello back");
    await Promise.all([first.saveCreds(), second.saveCreds()]);
  }
  for (let round = 0; round < 3; round++) {
    await using first = await open("a");
    await using second = await open("b");
    using ada = signalParty(first, "100");
    using grace = signalParty(second, "200");
    expect(await say(ada, grace, `question ${round}`)).toBe(`question ${round}`);
    expect(await say(grace, ada, `answer ${round}`)).toBe(`answer ${round}`);
    expect(await getAny(second, "pre-key", "1")).toBeNull();
  }
});

test("group messages are read after the reader is opened again, and from a sender key of Baileys 6", async () => {
  const place = new MemoryPlace();
  const group = "120363000000000000@g.us";
  await using sender = await useMemoryAuthState();
  using ada = signalParty(sender, "100");
  const seal = (text: string) =>
    ada.repository.encryptGroupMessage({ group, meId: ada.lid, data: Buffer.from(text) });
  const read = async (handle: AuthStateHandle, msg: Uint8Array): Promise<string> => {
    using grace = signalParty(handle, "200");
    return Buffer.from(
      await grace.repository.decryptGroupMessage({ group, authorJid: ada.lid, msg }),
    ).toString();
  };
  const first = await seal("first");
  {
    await using handle = await useMemoryAuthState({ place });
    using grace = signalParty(handle, "200");
    await grace.repository.processSenderKeyDistributionMessage({
      authorJid: ada.lid,
      item: {
        groupId: group,
        axolotlSenderKeyDistributionMessage: first.senderKeyDistributionMessage,
      },
    });
    expect(await read(handle, first.ciphertext)).toBe("first");
  }
  {
    await using handle = await useMemoryAuthState({ place });
    expect(await read(handle, (await seal("second")).ciphertext)).toBe("second");

    // Baileys 6 stored the array of states itself, its Buffers marked.
    const id = `${group}::1000_1::0`;
    const record = await getAny(handle, "sender-key", id);
    const states: unknown = JSON.parse(Buffer.from(record as Uint8Array).toString());
    expect(Array.isArray(states)).toBe(true);
    await setAny(handle, "sender-key", id, states);
    expect(await read(handle, (await seal("third")).ciphertext)).toBe("third");
  }
});

test("an app state patch is decoded with the key and the state read back", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  const keyId = Buffer.alloc(6, 7).toString("base64");
  const state = newLTHashState();
  const patchCreate = {
    type: "regular_low" as const,
    index: ["mute", "1@s.whatsapp.net"],
    syncAction: { timestamp: 1, muteAction: { muted: true, muteEndTimestamp: 2 } },
    apiVersion: 2,
    operation: proto.SyncdMutation.SyncdOperation.SET,
  };
  const keyData = Buffer.alloc(32, 9);
  const key = proto.Message.AppStateSyncKeyData.fromObject({ keyData, timestamp: 1 });
  const { patch, state: after } = await encodeSyncdPatch(
    patchCreate,
    keyId,
    state,
    async () => key,
  );
  {
    await using handle = await useSqliteAuthState(file);
    await handle.state.keys.set({
      "app-state-sync-key": { [keyId]: key },
      "app-state-sync-version": { regular_low: state, regular: after },
    });
  }

  await using handle = await useSqliteAuthState(file);
  const { keys } = handle.state;
  const { regular_low: stored, regular: storedAfter } = await keys.get("app-state-sync-version", [
    "regular_low",
    "regular",
  ]);
  const mutations: string[] = [];
  // The server gives a patch its version.
  patch.version = { version: after.version };
  const decoded = await decodeSyncdPatch(
    patch,
    "regular_low",
    stored ?? newLTHashState(),
    async (id) => (await keys.get("app-state-sync-key", [id]))[id],
    ({ index }) => mutations.push(index.join(" ")),
    true,
  );

  expect(mutations).toEqual(["mute 1@s.whatsapp.net"]);
  expect(Buffer.from(decoded.hash)).toEqual(Buffer.from(storedAfter?.hash ?? []));
});

/** Lets a message arrive while a send is under way, then tries to decrypt it a second time. */
async function replayAfterOverlap({ serialized }: { serialized: boolean }): Promise<string> {
  await using first = await useMemoryAuthState();
  await using second = await useMemoryAuthState();
  const stock = DEFAULT_CONNECTION_CONFIG.makeSignalRepository;
  using ada = signalParty(first, "100", serialized ? first.makeSignalRepository : stock);
  using grace = signalParty(second, "200");
  await startSession(ada, grace);
  await say(ada, grace, "1");
  await say(grace, ada, "2");
  const arriving = await encrypt(grace, ada, "3");

  // As relayMessage does: one transaction on the account's id around encrypting and sending.
  const encrypted = deferred();
  const sent = deferred();
  const send = ada.keys.transaction(async () => {
    await encrypt(ada, grace, "4");
    encrypted.resolve();
    await sent.promise;
  }, ada.jid);
  await encrypted.promise;
  const arrival = decrypt(ada, grace, arriving);
  await Promise.race([arrival, turns(500)]);
  sent.resolve();
  await Promise.all([send, arrival]);

  // A ratchet that has gone back accepts the same message a second time.
  return await decrypt(ada, grace, arriving).then(
    () => "accepted again",
    (error: unknown) => String(error),
  );
}

test("a message that arrives during a send is forgotten by Baileys alone, and kept by our repository", async () => {
  expect(await replayAfterOverlap({ serialized: false })).toBe("accepted again");
  expect(await replayAfterOverlap({ serialized: true })).toMatch(/Key used already|No matching/);
});

/** Longer than a whole decryption takes, in turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
