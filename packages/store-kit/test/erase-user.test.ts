import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CleanupStack } from "@motte/core/cleanup";
import { ManualClock } from "@motte/core/manual-clock";
import { availableSqliteDrivers } from "@motte/core/sqlite";
import { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import {
  type IdentityFact,
  StoreKitError,
  bindStores,
  chatStore,
  contactStore,
  createIdentities,
  eraseUser,
  groupMetadataCache,
  labelStore,
  openHistorySpool,
  openMessageStore,
  openTables,
  presenceStore,
  reactionStore,
  receiptStore,
} from "@motte/store-kit";
import { ME } from "./support/baileys-events.ts";
import { eventBuffer, upsert } from "./support/bound-stores.ts";
import { member, metadata } from "./support/groups.ts";
import { pastOf, sendHistory, storedOf } from "./support/history.ts";
import { GROUP, NOW_MS, message, ownKey, revokeOf, theirKey } from "./support/messages.ts";

const NUMBER = "5511987654321";
const LID_NUMBER = "770088123456789";
const PN = `${NUMBER}@s.whatsapp.net`;
const LID = `${LID_NUMBER}@lid`;
const FORMER_PN = "5511900000001@s.whatsapp.net";
const FORMER_LID = "770000000000001@lid";
const BEN = "4917000000002@s.whatsapp.net";
const BEN_LID = "770000000000002@lid";
const DAY_MS = 86_400_000;

/** Every store there is, all of them in files of one folder. */
async function everyStore(driver: "node:sqlite" | "better-sqlite3") {
  const folder = await mkdtemp(join(tmpdir(), "motte-erase-"));
  const cleanup = new CleanupStack();
  cleanup.defer(() => rm(folder, { recursive: true }));
  const clock = new ManualClock(NOW_MS);
  const errors: unknown[] = [];
  const onError = (error: Error): void => void errors.push(error);
  const where = { file: join(folder, "bot.db"), account: "bot", driver };
  const tables = await openTables(where);
  cleanup.defer(() => tables.close());
  const spool = await openHistorySpool(where);
  cleanup.defer(() => spool.close());
  const identities = createIdentities({ me: ME, tables, clock, onError });
  const common = { identities, tables, clock, onError };
  const messages = await openMessageStore({
    ...where,
    clock,
    me: ME,
    identities,
    keep: () => "body",
    baileys: { proto },
    onError,
  });
  cleanup.defer(() => messages.close());
  const parts = {
    identities,
    messages,
    chats: chatStore(common),
    contacts: contactStore(common),
    labels: labelStore(common),
    receipts: receiptStore(common),
    reactions: reactionStore(common),
    presence: presenceStore({ identities, clock, onError }),
    groups: groupMetadataCache(common),
  };
  const ev = eventBuffer();
  // The disk refuses the past for as long as it is to wait.
  let waits = false;
  const past = {
    ingest: messages.ingest.bind(messages),
    instrumentSends: messages.instrumentSends.bind(messages),
    drain: messages.drain.bind(messages),
    ingestHistory: async (...args: Parameters<typeof messages.ingestHistory>) => {
      if (waits) throw new StoreKitError("STORE_KIT_UNAVAILABLE", "disk full");
      await messages.ingestHistory(...args);
    },
  };
  const letWait = (wait: boolean): void => void (waits = wait);
  const bound = { ...parts, messages: past };
  const binding = bindStores({ ev }, bound, { clock, onError, spool, durableHistory: true });
  /** Where a text is in what is on the disk. */
  const filesWith = async (text: string): Promise<string[]> => {
    const names = await readdir(folder);
    const found = await Promise.all(
      names.map(async (name) => (await readFile(join(folder, name))).includes(text)),
    );
    return names.filter((_, index) => found[index]);
  };
  const dispose = (): Promise<void> => cleanup.dispose();
  return {
    clock,
    parts,
    tables,
    binding,
    letWait,
    ev,
    errors,
    filesWith,
    [Symbol.asyncDispose]: dispose,
  };
}

type Everything = Awaited<ReturnType<typeof everyStore>>;

const pair = (lid: string, pn: string, atMs: number): IdentityFact => ({
  lid,
  pn,
  atMs,
  source: "stanza",
});

/** Somebody, and Ben, in every table there is. */
function meet({ parts, ev }: Everything): void {
  // First by the number alone, so that there is an entity that was merged: into that of whoever had it before.
  upsert(ev, message(theirKey("FIRST", PN), "hello"));
  upsert(ev, message(theirKey("THIRD", GROUP, "1@lid"), "to be revoked"));
  parts.identities.learnMany([
    pair(FORMER_LID, PN, NOW_MS - 9 * DAY_MS),
    pair(LID, FORMER_PN, NOW_MS - 5 * DAY_MS),
    pair(LID, PN, NOW_MS - 2 * DAY_MS),
    pair(BEN_LID, BEN, NOW_MS),
  ]);
  for (const [who, lid, pn] of [
    ["SHE", LID, PN],
    ["BEN", BEN_LID, BEN],
  ] as const) {
    upsert(
      ev,
      message({ ...theirKey(`${who}-1`, lid), remoteJidAlt: pn }, `direct from ${who}`),
      message({ ...theirKey(`${who}-2`, GROUP, lid), participantAlt: pn }, `to all from ${who}`),
      message(ownKey(`TO-${who}`, pn), "from me"),
      { ...message(theirKey(`${who}-3`, lid), "named"), pushName: `name of ${who}` },
      // Of a message of a third one: it waits until somebody is known as an admin.
      revokeOf(theirKey("THIRD", GROUP, "1@lid"), {
        ...theirKey(`${who}-4`, GROUP, lid),
        participantAlt: pn,
      }),
    );
    const target = ownKey("OWN", GROUP);
    ev.emit("messages.reaction", [
      { key: target, reaction: { key: theirKey("R", GROUP, pn), text: "+" } },
    ]);
    ev.emit("message-receipt.update", [
      { key: target, receipt: { userJid: pn, readTimestamp: NOW_MS / 1000 } },
    ]);
    ev.emit("labels.edit", { id: "1", name: "customers", color: 1, deleted: false });
    const association = { labelId: "1", chatId: pn } as never;
    ev.emit("labels.association", { type: "add", association });
    ev.emit("blocklist.update", { blocklist: [pn], type: "add" });
    ev.emit("presence.update", { id: pn, presences: { [pn]: { lastKnownPresence: "available" } } });
    ev.emit("chats.update", [{ id: pn, name: `chat of ${who}`, pinned: NOW_MS / 1000 }]);
    const members = [{ id: lid, phoneNumber: pn, admin: null }, member(1)];
    ev.emit("groups.upsert", [metadata(members, { id: `1${who === "SHE" ? 1 : 2}@g.us` })]);
  }
}

test.each(await availableSqliteDrivers())(
  "of somebody who is erased nothing is left in any store, nor in any byte of the files, with %s",
  async (driver) => {
    await using set = await everyStore(driver);
    const { parts, tables, binding, ev } = set;
    meet(set);
    await binding.drain();
    // So large that it is on pages of its own, which are free then.
    upsert(ev, message(theirKey("LONG", GROUP, LID), `${NUMBER} `.repeat(3000)));
    // What the account was told of them waits in the spool too.
    set.letWait(true);
    sendHistory(ev, [...pastOf(PN, 200), ...pastOf(BEN, 200)], [LID, BEN_LID]);
    expect(await binding.drain()).toEqual({ drained: false });
    expect(binding.stats().bytes.spooled).toBeGreaterThan(0);
    expect(await set.filesWith(NUMBER)).not.toEqual([]);

    const report = await eraseUser(PN, { ...parts, tables, binding });
    expect(report.scrubbed).toBe(true);
    expect(report.rows.binding).toBe(200);
    expect(await set.filesWith(NUMBER)).toEqual([]);
    set.letWait(false);
    ev.emit("contacts.update", [{ id: BEN_LID, status: "here" }]);
    expect(await binding.drain()).toEqual({ drained: true });

    expect(report.rows).toMatchObject({
      messages: expect.toSatisfy((rows: number) => rows >= 5),
      receipts: 1,
      reactions: 1,
      labels: 1,
      presence: 1,
      contacts: 2,
      groups: 1,
    });
    expect(await set.filesWith(NUMBER)).toEqual([]);
    expect(await set.filesWith(LID_NUMBER)).toEqual([]);
    for (const jid of [PN, LID]) {
      expect(storedOf(parts, jid)).toEqual([]);
      expect(parts.chats.get(jid)).toBeUndefined();
      expect(parts.contacts.get(jid)).toBeUndefined();
      expect(parts.contacts.isBlocked(jid)).toBe(false);
      expect(parts.labels.of(jid)).toEqual([]);
      expect(parts.presence.of(jid).size).toBe(0);
      expect(parts.identities.history(jid)).toEqual([]);
    }
    expect(parts.messages.load(theirKey("SHE-2", GROUP, LID))).toBeUndefined();
    expect(parts.groups.peek("11@g.us")).toBeUndefined();

    // Nothing of anybody else is gone.
    expect(storedOf(parts, BEN)).toHaveLength(203);
    expect(parts.messages.load(theirKey("BEN-2", GROUP, BEN_LID))).toBeDefined();
    expect(parts.chats.get(BEN)).toMatchObject({ name: "chat of BEN" });
    expect(parts.contacts.get(BEN)).toMatchObject({ notify: "name of BEN" });
    expect(parts.contacts.isBlocked(BEN)).toBe(true);
    expect(parts.labels.of(BEN)).toHaveLength(1);
    expect(parts.receipts.of(ownKey("OWN", GROUP)).map(({ user }) => user)).toEqual([BEN_LID]);
    expect(parts.reactions.of(ownKey("OWN", GROUP)).map(({ author }) => author)).toEqual([BEN_LID]);
    expect(parts.messages.load(theirKey("THIRD", GROUP, "1@lid"))).toBeDefined();
    expect(parts.groups.peek("12@g.us")).toBeDefined();
    expect(parts.identities.pnOf(BEN_LID)).toBe(BEN);
    // The one refusal that was asked for.
    expect(set.errors).toHaveLength(1);
  },
);

test("what somebody sent before stays erased when it comes again, and what they send next is kept", async () => {
  const [driver = "better-sqlite3"] = await availableSqliteDrivers();
  await using set = await everyStore(driver);
  const { parts, tables, binding, ev } = set;
  meet(set);
  await eraseUser(LID, { ...parts, tables, binding });
  const again = [
    message(theirKey("SHE-1", LID), "direct"),
    message(theirKey("SHE-1", PN), "direct"),
    message(theirKey("SHE-2", GROUP, LID), "to all"),
  ];
  upsert(ev, ...again);
  sendHistory(ev, again);
  await binding.drain();
  expect([...storedOf(parts, PN), ...storedOf(parts, LID)]).toEqual([]);
  expect(parts.messages.load(theirKey("SHE-2", GROUP, LID))).toBeUndefined();

  await set.clock.advance(5000);
  upsert(ev, message(theirKey("NEW", LID), "I am back", NOW_MS + 5000));
  expect(storedOf(parts, LID)).toEqual(["NEW"]);
  expect(set.errors).toEqual([]);
});

test("nobody is erased by what is no person's JID, or by our own", async () => {
  const [driver = "better-sqlite3"] = await availableSqliteDrivers();
  await using set = await everyStore(driver);
  for (const jid of [GROUP, "nobody", ME.id, ME.lid]) {
    await expect(eraseUser(jid, set.parts)).rejects.toMatchObject({ code: "USAGE_INVALID_OPTION" });
  }
});
