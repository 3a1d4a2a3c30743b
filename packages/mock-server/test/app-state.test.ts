import type { BinaryNode, WAPatchName } from "@whiskeysockets/baileys";
import { proto } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { type Logger, silentLogger } from "@motte/core/logger";
import { MockServer, type Phone } from "@motte/mock-server";
import { type Client, pairedClient } from "./support/client.ts";

const COLLECTIONS = [
  "critical_block",
  "critical_unblock_low",
  "regular_high",
  "regular_low",
  "regular",
] as const satisfies readonly WAPatchName[];

async function stage(seed: string, prepare: (phone: Phone) => void = () => {}) {
  const server = await MockServer.start({ seed });
  const phone = server.phone({ name: "Bot" });
  const ana = server.contact({ name: "Ana" });
  prepare(phone);
  const client = await pairedClient(server, phone);
  await client.synced();
  return {
    server,
    phone,
    ana,
    client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

/** Asks the server as a client does, and gives the collections of its answer. */
async function sync(client: Client, ...collections: BinaryNode[]): Promise<BinaryNode[]> {
  const answer: BinaryNode = await client.sock.query({
    tag: "iq",
    attrs: { to: "s.whatsapp.net", xmlns: "w:sync:app:state", type: "set" },
    content: [{ tag: "sync", attrs: {}, content: collections }],
  });
  const list = (answer.content as BinaryNode[])[0]?.content;
  return list as BinaryNode[];
}

function collection(name: string, version: number, patch?: Uint8Array): BinaryNode {
  return {
    tag: "collection",
    attrs: { name, version: String(version), return_snapshot: "false" },
    ...(patch && { content: [{ tag: "patch", attrs: {}, content: patch }] }),
  };
}

function childrenOf(node: BinaryNode | undefined, tag: string): BinaryNode[] {
  const content = Array.isArray(node?.content) ? node.content : [];
  return content.filter((each) => each.tag === tag);
}

function patchesIn(node: BinaryNode | undefined): proto.SyncdPatch[] {
  return childrenOf(childrenOf(node, "patches")[0], "patch").map((each) =>
    proto.SyncdPatch.decode(each.content as Uint8Array),
  );
}

describe("the app state of an account", () => {
  test("answers every collection asked for, known or not, so that no client asks without end", async () => {
    await using set = await stage("echo");
    const asked = [...COLLECTIONS, "unheard_of"].map((name) => collection(name, 0));

    const answers = await sync(set.client, ...asked);

    expect(answers.map(({ attrs }) => attrs["name"])).toEqual([...COLLECTIONS, "unheard_of"]);
    for (const answer of answers) {
      expect(answer.attrs).toMatchObject({ version: "0", has_more_patches: "false" });
      expect(childrenOf(answer, "snapshot")).toEqual([]);
    }
  });

  test("numbers the patch of a client, which leaves the version out, and serves it from then on", async () => {
    await using set = await stage("numbers");
    await set.client.sock.chatModify({ pin: true }, set.ana.pn);
    await set.client.sock.chatModify({ pin: false }, set.ana.pn);

    const [answer] = await sync(set.client, collection("regular_low", 1));

    expect(answer?.attrs["version"]).toBe("2");
    expect(patchesIn(answer).map(({ version }) => Number(version?.version))).toEqual([2]);
  });

  test("refuses a patch that is not built on the newest, with what its maker has missed", async () => {
    await using set = await stage("conflict");
    set.phone.appState.pin(set.ana);
    set.phone.appState.pin(set.ana, false);
    const stale = proto.SyncdPatch.encode({ mutations: [] }).finish();

    const [answer] = await sync(set.client, collection("regular_low", 1, stale));
    const [after] = await sync(set.client, collection("regular_low", 2));

    expect(answer?.attrs).toMatchObject({ type: "error", version: "2", has_more_patches: "false" });
    expect(childrenOf(answer, "error")[0]?.attrs).toEqual({ code: "409", text: "conflict" });
    expect(patchesIn(answer).map(({ version }) => Number(version?.version))).toEqual([2]);
    expect(after?.attrs["version"]).toBe("2");
  });

  test("refuses bytes that are no patch", async () => {
    await using set = await stage("no-patch");

    const [answer] = await sync(set.client, collection("regular", 0, Buffer.from([0x0a, 0xff])));

    expect(answer?.attrs).toMatchObject({ type: "error", version: "0" });
    expect(childrenOf(answer, "error")[0]?.attrs["code"]).toBe("400");
  });

  test("gives more than a hundred patches in pages", async () => {
    await using set = await stage("pages", ({ appState }) => {
      for (let number = 0; number < 250; number++) {
        appState.setQuickReply(`q${number}`, { shortcut: `/${number}`, message: "text" });
      }
    });
    const pages: BinaryNode[] = [];
    for (let version = 0, more = true; more;) {
      const [page] = await sync(set.client, collection("regular", version));
      if (page === undefined) break;
      pages.push(page);
      version = Number(page.attrs["version"]);
      more = page.attrs["has_more_patches"] === "true";
    }

    expect(pages.map((page) => patchesIn(page).length)).toEqual([100, 100, 50]);
    expect(set.phone.appState.entries).toHaveLength(250);
    // The client found its way through the pages as well.
    const stored = set.client.auth.records.get("app-state-sync-version-regular");
    expect(stored).toMatchObject({ version: 250 });
  });
});

describe("phone.appState", () => {
  test("reads what a client writes and finds nothing wrong with it", async () => {
    await using set = await stage("reads");
    const { phone, ana, client } = set;
    const now = 1_700_000_000;
    const lastMessages = [
      { key: { remoteJid: ana.pn, fromMe: false, id: "M1" }, messageTimestamp: now },
    ];

    await client.sock.chatModify({ archive: true, lastMessages }, ana.pn);
    await client.sock.chatModify({ mute: 1_800_000_000_000 }, ana.pn);
    await client.sock.chatModify({ mute: 1_900_000_000_000 }, ana.pn);
    await client.sock.chatModify({ markRead: false, lastMessages }, ana.pn);
    await client.sock.star(ana.pn, [{ id: "M1", fromMe: false }], true);
    await client.sock.addLabel(ana.pn, { id: "7", name: "VIP", color: 3 });
    await client.sock.chatModify({ delete: true, lastMessages }, ana.pn);

    const { appState } = phone;
    expect(appState.get("archive", ana.pn)?.archiveChatAction).toMatchObject({
      archived: true,
      messageRange: { lastMessageTimestamp: now },
    });
    expect(appState.get("mute", ana.pn)?.muteAction).toEqual({
      muted: true,
      muteEndTimestamp: 1_900_000_000_000,
    });
    expect(appState.get("markChatAsRead", ana.pn)?.markChatAsReadAction?.read).toBe(false);
    expect(appState.get("star", ana.pn, "M1", "0", "0")?.starAction?.starred).toBe(true);
    expect(appState.get("label_edit", "7")?.labelEditAction).toMatchObject({ name: "VIP" });
    expect(
      appState.mutations.map(({ collection: name, index, device }) => [name, index[0], device]),
    ).toEqual([
      ["regular_low", "archive", 1],
      ["regular_high", "mute", 1],
      ["regular_high", "mute", 1],
      ["regular_low", "markChatAsRead", 1],
      ["regular_low", "star", 1],
      ["regular", "label_edit", 1],
      ["regular_high", "deleteChat", 1],
    ]);
    expect(appState.flaws).toEqual([]);
  });

  test("waits for a setting, and tells every one as it comes", async () => {
    await using set = await stage("waits");
    const heard: string[] = [];
    using _ = set.phone.appState.onMutation(({ index }) => heard.push(index.join(" ")));
    const waiting = set.phone.appState.waitFor(({ index }) => index[0] === "pin_v1");

    await set.client.sock.chatModify({ pin: true }, set.ana.pn);

    await expect(waiting).resolves.toMatchObject({ operation: "set", device: 1 });
    expect(heard).toEqual([`pin_v1 ${set.ana.pn}`]);
    await expect(
      set.phone.appState.waitFor(({ index }) => index[0] === "mute", { timeoutMs: 1 }),
    ).rejects.toMatchObject({ code: "MOCK_TIMED_OUT" });
  });

  test("finds what is wrong with a patch: a code that does not fit, a key nobody has", async () => {
    await using set = await stage("flaws");
    const { client, phone, ana } = set;
    phone.appState.pin(ana);
    const [answer] = await sync(client, collection("regular_low", 0));
    const [original] = patchesIn(answer);
    const spoilt = (change: (patch: proto.SyncdPatch) => void): Uint8Array => {
      const patch = proto.SyncdPatch.decode(proto.SyncdPatch.encode(original ?? {}).finish());
      change(patch);
      return proto.SyncdPatch.encode(patch).finish();
    };

    await sync(
      client,
      collection(
        "regular_low",
        1,
        spoilt((patch) => {
          const blob = patch.mutations[0]?.record?.value?.blob;
          if (blob) blob[20] = (blob[20] ?? 0) ^ 1;
        }),
      ),
      collection(
        "regular_high",
        0,
        spoilt((patch) => {
          const id = patch.mutations[0]?.record?.keyId?.id;
          if (id) id[5] = 9;
        }),
      ),
      collection(
        "regular",
        0,
        spoilt((patch) => {
          const blob = patch.mutations[0]?.record?.index?.blob;
          if (blob) blob[0] = (blob[0] ?? 0) ^ 1;
        }),
      ),
    );

    const flaws = phone.appState.flaws.map(({ collection: name, flaw }) => `${name} ${flaw}`);
    expect(flaws).toContain("regular_low bad-value-mac");
    expect(flaws).toContain("regular_low bad-patch-mac");
    expect(flaws).toContain("regular_high unknown-key");
    expect(flaws).toContain("regular bad-index-mac");
    expect(flaws).toContain("regular bad-snapshot-mac");
  });

  test("finds that Baileys counts a contact it has removed as if it were still there", async () => {
    await using set = await stage("baileys-removes");
    const { client, phone, ana } = set;
    await client.sock.addOrEditContact(ana.pn, { fullName: "Ana" });
    await client.sock.removeContact(ana.pn);
    expect(phone.appState.get("contact", ana.pn)).toBeUndefined();
    expect(phone.appState.flaws).toEqual([]);

    await client.sock.addOrEditContact(ana.pn, { fullName: "Ana again" });

    // chat-utils.js encodeSyncdPatch puts the index back after its own REMOVE, and subtracts it a second time.
    expect(phone.appState.flaws.map(({ flaw }) => flaw)).toEqual(["bad-snapshot-mac"]);
    expect(phone.appState.get("contact", ana.pn)?.contactAction?.fullName).toBe("Ana again");
  });

  test("writes what clients read with every code checked", async () => {
    const server = await MockServer.start({ seed: "checked" });
    await using _ = server;
    const phone = server.phone({ name: "Bot" });
    const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
    const warnings: unknown[] = [];
    const listening: Logger = {
      ...silentLogger,
      warn: (...said: unknown[]) => warnings.push(said),
      child: () => listening,
    };
    phone.appState.setPushName("The Bot");
    phone.appState.saveContact(ana, "Ana Lima");
    phone.appState.pin(ana);
    phone.appState.pin(ben);
    phone.appState.pin(ana, false);
    await using client = await pairedClient(server, phone, {
      appStateMacVerification: { patch: true, snapshot: true },
      logger: listening,
    });
    await client.synced();
    phone.appState.remove("pin_v1", ben.pn);
    phone.appState.mute(ben, -1);

    await client.until("version 4 of regular_low", () =>
      hasVersion(client, "regular_low", 4) && hasVersion(client, "regular_high", 1)
        ? true
        : undefined,
    );
    // What Baileys says of a patch whose codes do not fit; it goes on all the same.
    expect(JSON.stringify(warnings)).not.toMatch(/LTHash|patch/i);
    // Baileys (socket.js CB:success) may overwrite a name that came before "open"; any word of the phone has it too.
    await phone.appState.shareKeys();
    await client.until("the name", () => client.auth.creds.me?.name === "The Bot" || undefined);
    // Baileys adds a contact that comes after history it still holds back to that history.
    const contacts = [
      ...client.heard("contacts.upsert").flat(),
      ...client.heard("messaging-history.set").flatMap((history) => history.contacts),
    ];
    expect(contacts).toContainEqual(
      expect.objectContaining({ id: ana.pn, name: "Ana Lima", lid: ana.lid }),
    );
    expect(phone.appState.get("pin_v1", ben.pn)).toBeUndefined();
  });

  test("tells a client of a change at once, but not the one that made it", async () => {
    await using set = await stage("tells");
    const { server, client, phone, ana } = set;
    await client.sock.chatModify({ pin: true }, ana.pn);
    phone.appState.setLocale("pt_BR");
    await client.until("the locale", () => hasVersion(client, "critical_block", 1) || undefined);

    const news = server.journal.filter(
      ({ direction, attrs }) => direction === "out" && attrs["type"] === "server_sync",
    );
    expect(news).toHaveLength(1);
  });

  test("does not know where to put a setting of an unknown kind, unless it is told", async () => {
    await using server = await MockServer.start();
    const { appState } = server.phone();

    expect(() => appState.set({ index: ["new_thing"], value: {} })).toThrow(/collection/);
    appState.set({ index: ["new_thing"], value: {}, collection: "regular", version: 9 });

    expect(appState.mutations).toMatchObject([{ collection: "regular", version: 9, device: 0 }]);
  });

  test("gives a client the key it asks for, and one it was not given when that is shared", async () => {
    await using set = await stage("keys");
    const { server, client, phone, ana } = set;
    await phone.appState.rotateKey({ share: false });
    phone.appState.pin(ana);
    await server.journal.waitFor(
      ({ tag, attrs }) => tag === "ack" && attrs["type"] === "server_sync",
    );
    expect(hasVersion(client, "regular_low", 1)).toBe(false);

    const keyId = { keyId: Buffer.from([0, 0, 0, 0, 0, 2]) };
    await client.sock.relayMessage(
      phone.pn,
      {
        protocolMessage: {
          type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_REQUEST,
          appStateSyncKeyRequest: { keyIds: [keyId] },
        },
      },
      { additionalAttributes: { category: "peer", push_priority: "high_force" } },
    );

    await client.until("the key", () => client.auth.records.get("app-state-sync-key-AAAAAAAC"));
    // Baileys parked the collection for want of the key (chats.js blockedCollections) and fetches it now.
    await client.until("the pin", () => hasVersion(client, "regular_low", 1) || undefined);
    await client.sock.chatModify({ pin: false }, ana.pn);
    expect(phone.appState.flaws).toEqual([]);
    expect(phone.appState.get("pin_v1", ana.pn)?.pinAction?.pinned).toBe(false);
  });
});

function hasVersion(client: Client, name: string, version: number): boolean {
  const stored = client.auth.records.get(`app-state-sync-version-${name}`);
  return (stored as { version?: number } | undefined)?.version === version;
}
