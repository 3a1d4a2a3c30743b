// Whether Baileys held its events back must not show in the stores, but for what its buffer is known to lose.
import { isDeepStrictEqual } from "node:util";
import { type WAMessage, type WAMessageKey, proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bindStores } from "@motte/store-kit";
import { type RealEvents, realEvents } from "../support/baileys-events.ts";
import { everyPart } from "../support/bound-stores.ts";
import { member, metadata } from "../support/groups.ts";
import {
  GROUP,
  LID,
  NOW_MS,
  PN,
  editOf,
  message,
  ownKey,
  revokeOf,
  textOf,
  theirKey,
} from "../support/messages.ts";

const ANN = "101@lid";
const BOB = "102@lid";
const { DELIVERY_ACK, READ } = proto.WebMessageInfo.Status;

const CHATS = [LID, GROUP] as const;
type Chat = (typeof CHATS)[number];

/** Who may write: we, or others, of whom a chat with one person has one. */
type Author = "me" | "ann" | "bob";
const AUTHORS: readonly Author[] = ["me", "ann", "bob"];

/** One thing that happens, as the phone of somebody or the server tells it. */
type Happening =
  | { readonly kind: "say"; readonly chat: Chat; readonly by: Author; readonly n: number }
  | { readonly kind: "edit"; readonly chat: Chat; readonly by: Author; readonly n: number }
  | { readonly kind: "revoke"; readonly chat: Chat; readonly by: Author; readonly n: number }
  | { readonly kind: "react"; readonly chat: Chat; readonly by: Author; readonly n: number }
  | { readonly kind: "status"; readonly n: number; readonly read: boolean }
  | { readonly kind: "receipt"; readonly n: number; readonly by: "ann" | "bob" }
  | { readonly kind: "delete"; readonly chat: Chat; readonly by: Author; readonly n: number }
  | { readonly kind: "read-chat" | "archive" | "pin"; readonly chat: Chat }
  | { readonly kind: "past"; readonly chat: Chat; readonly n: number }
  | { readonly kind: "notify" | "name"; readonly n: number }
  | { readonly kind: "subject" | "announce"; readonly n: number }
  | { readonly kind: "pair" };

/** What Baileys does with its buffer before the next thing happens. */
type Placement = "on" | "buffer" | "flush";
type Step = readonly [Placement, Happening];

const chat = fc.constantFrom(...CHATS);
const author = fc.constantFrom(...AUTHORS);
const n = fc.nat({ max: 2 });
const kind = <K extends string>(name: K) => fc.constant(name);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: kind("say"), chat, by: author, n }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("edit"), chat, by: author, n }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("revoke"), chat, by: author, n }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("react"), chat, by: author, n }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("status"), n, read: fc.boolean() }) },
  fc.record({ kind: kind("receipt"), n, by: fc.constantFrom("ann" as const, "bob" as const) }),
  fc.record({ kind: kind("delete"), chat, by: author, n }),
  fc.record({ kind: fc.constantFrom("read-chat" as const, "archive", "pin"), chat }),
  { weight: 2, arbitrary: fc.record({ kind: kind("past"), chat, n }) },
  fc.record({ kind: fc.constantFrom("notify" as const, "name"), n }),
  fc.record({ kind: fc.constantFrom("subject" as const, "announce"), n }),
  fc.record({ kind: kind("pair") }),
);
const log = fc.array(
  fc.tuple(
    fc.oneof(
      { weight: 3, arbitrary: kind("on") },
      { weight: 2, arbitrary: kind("buffer") },
      { weight: 1, arbitrary: kind("flush") },
    ),
    happening,
  ),
  { maxLength: 14 },
);

/** Ids are the author's own, as phones make them. */
function keyOf(chatOf: Chat, by: Author, id: number | string): WAMessageKey {
  if (by === "me") return ownKey(`me-${id}`, chatOf);
  if (chatOf === LID) return { ...theirKey(`them-${id}`, LID), remoteJidAlt: PN };
  return theirKey(`${by}-${id}`, GROUP, by === "ann" ? ANN : BOB);
}

/** However often it comes, it is the same message of the same time. */
function said({ chat: where, by, n: which }: { chat: Chat; by: Author; n: number }): WAMessage {
  const nth = where === LID && by === "bob" ? 1 : AUTHORS.indexOf(by);
  const atMs = NOW_MS - 2_000_000 + which * 10_000 + nth * 1000;
  return message(keyOf(where, by, which), `text ${which}`, atMs);
}

/** Plays one happening into Baileys' own machinery. */
async function happen(what: Happening, at: number, { ev, upsert }: RealEvents): Promise<void> {
  const atMs = NOW_MS - 1_000_000 + at * 10_000;
  const seconds = atMs / 1000;
  switch (what.kind) {
    case "say":
      return upsert(said(what));
    case "edit": {
      const { chat: where, by, n: which } = what;
      const carrier = keyOf(where, by, `edit-${at}`);
      return upsert(editOf(keyOf(where, by, which), `edited at ${at}`, carrier, atMs));
    }
    case "revoke": {
      const { chat: where, by, n: which } = what;
      return upsert(revokeOf(keyOf(where, by, which), keyOf(where, by, `revoke-${at}`), atMs));
    }
    case "react": {
      const { chat: where, by, n: which } = what;
      const reactionMessage = {
        key: keyOf(where, "me", which),
        text: `${at}`,
        senderTimestampMs: atMs,
      };
      return upsert(message(keyOf(where, by, `react-${at}`), { reactionMessage }, atMs));
    }
    case "status": {
      const update = { status: what.read ? READ : DELIVERY_ACK, messageTimestamp: seconds };
      ev.emit("messages.update", [{ key: keyOf(LID, "me", what.n), update }]);
      return;
    }
    case "receipt": {
      const userJid = what.by === "ann" ? ANN : BOB;
      const key = { ...keyOf(GROUP, "me", what.n), participant: userJid };
      ev.emit("message-receipt.update", [{ key, receipt: { userJid, readTimestamp: seconds } }]);
      return;
    }
    case "delete":
      ev.emit("messages.delete", { keys: [keyOf(what.chat, what.by, what.n)] });
      return;
    case "read-chat":
      ev.emit("chats.update", [{ id: what.chat, unreadCount: 0 }]);
      return;
    case "archive":
      ev.emit("chats.update", [{ id: what.chat, archived: at % 2 === 0 }]);
      return;
    case "pin":
      ev.emit("chats.update", [{ id: what.chat, pinned: at % 2 === 0 ? seconds : null }]);
      return;
    case "past": {
      const old = said({ ...what, by: "ann" });
      const { chat: id } = what;
      const chats = [{ id, conversationTimestamp: NOW_MS / 1000 - 3000, unreadCount: 4 }];
      ev.emit("messaging-history.set", { chats, contacts: [], messages: [old] });
      return;
    }
    case "notify":
      ev.emit("contacts.update", [{ id: LID, notify: `Ben ${what.n}` }]);
      return;
    case "name":
      ev.emit("contacts.upsert", [{ id: LID, name: `Benjamin ${what.n}` }]);
      return;
    case "subject":
      ev.emit("groups.update", [{ id: GROUP, subject: `subject ${what.n}` }]);
      return;
    case "announce":
      ev.emit("groups.update", [{ id: GROUP, announce: what.n > 0 }]);
      return;
    case "pair":
      ev.emit("lid-mapping.update", { lid: LID, pn: PN });
  }
}

type Parts = Awaited<ReturnType<typeof everyPart>>["parts"];

/** All that a bot can read out of the stores, by name. */
type View = ReadonlyMap<string, unknown>;

async function viewOf(parts: Parts): Promise<View> {
  const { messages, chats, contacts, reactions, receipts, groups, identities } = parts;
  const view = new Map<string, unknown>();
  for (const jid of CHATS) {
    for (const stored of messages.page(jid, { limit: 100 }).messages) {
      const { key, message: content, sentAtMs, status, edited } = stored;
      const name = `${nameOf(jid)} ${key.id}`;
      view.set(`${name} text`, textOf(content));
      view.set(`${name} time`, sentAtMs);
      view.set(`${name} status`, status);
      view.set(`${name} edited`, edited);
    }
    const chatRow = chats.get(jid);
    view.set(`${nameOf(jid)} unread`, chatRow?.unread);
    view.set(`${nameOf(jid)} archived`, chatRow?.archived);
    view.set(`${nameOf(jid)} pinned`, chatRow?.pinnedAtMs);
    view.set(`${nameOf(jid)} last`, chatRow?.lastMessageAtMs);
    for (const id of ["me-0", "me-1", "me-2"]) {
      const key = { remoteJid: jid, id };
      view.set(`${nameOf(jid)} ${id} reactions`, reactions.of(key));
      view.set(`${nameOf(jid)} ${id} receipts`, receipts.of(key));
    }
  }
  view.set("contact name", contacts.get(LID)?.name);
  view.set("contact notify", contacts.get(LID)?.notify);
  view.set("group", await groups.cachedGroupMetadata(GROUP));
  view.set("pair", identities.pnOf(LID));
  return view;
}

const nameOf = (jid: Chat): string => (jid === GROUP ? "group" : "direct");

async function viewAfter(steps: readonly Step[], isBuffered: boolean): Promise<View> {
  await using set = await everyPart();
  const real = realEvents();
  const { ev } = real;
  const truth = { ...metadata([member(1)], { id: GROUP, subject: "a group" }) };
  set.parts.groups.fetchWith(async () => ({ ...truth }));
  const binding = bindStores({ ev }, set.parts, set.bind);
  ev.emit("groups.upsert", [{ ...truth }]);
  for (const [at, [placement, what]] of steps.entries()) {
    if (isBuffered && placement === "buffer") ev.buffer();
    if (isBuffered && placement === "flush") ev.flush();
    if (what.kind === "subject") truth.subject = `subject ${what.n}`;
    if (what.kind === "announce") truth.announce = what.n > 0;
    await happen(what, at, real);
  }
  // As the handler at the end of a socket does.
  ev.flush();
  await binding.drain();
  expect(set.errors).toEqual([]);
  const view = await viewOf(set.parts);
  ev.destroy();
  return view;
}

const differences = (one: View, other: View): string[] =>
  [...new Set([...one.keys(), ...other.keys()])].filter(
    (path) => !isDeepStrictEqual(one.get(path), other.get(path)),
  );

/** Something that Baileys' buffer loses, and that nothing in what is left would tell. */
interface Loss {
  /** The shortest log that shows it. */
  readonly example: readonly Step[];
  /** What of the view it reaches after `all` that happened. */
  readonly reaches: (path: string, all: readonly Happening[]) => boolean;
}

type Word = "say" | "edit" | "revoke" | "react" | "delete";
const word = (kindOf: Word, by: Author, which = 0): Happening => ({
  kind: kindOf,
  chat: LID,
  by,
  n: which,
});
const say = (by: Author, which = 0): Happening => word("say", by, which);
const on = (what: Happening): Step => ["on", what];
const held = (what: Happening): Step => ["buffer", what];

/** Whether something of these kinds happened to the message, or in the chat, that a path is about. */
function about(path: string, all: readonly Happening[], ...kinds: Happening["kind"][]): number {
  const [where, id = ""] = path.split(" ");
  return all.filter((what) => {
    if (!kinds.includes(what.kind)) return false;
    if (what.kind === "receipt") return where === "group" && id === `me-${what.n}`;
    if (what.kind === "status") return where === "direct" && ["last", `me-${what.n}`].includes(id);
    if (!("chat" in what) || nameOf(what.chat) !== where) return false;
    if (!id.includes("-") || !("n" in what)) return true;
    return keyOf(what.chat, "by" in what ? what.by : "me", what.n).id === id;
  }).length;
}

const LOSSES: Readonly<Record<string, Loss>> = {
  "somebody's message and its edit in one flush: the buffer lets anybody's edit replace it": {
    example: [held(say("ann")), on(word("edit", "ann"))],
    reaches: (path, all) => /them-|ann-|bob-|last/.test(path) && about(path, all, "edit") > 0,
  },
  "when an own message was sent: a status or an edit puts its own time there": {
    example: [held(say("me")), on({ kind: "status", n: 0, read: true })],
    reaches: (path, all) => /me-. time|last/.test(path) && about(path, all, "status", "edit") > 0,
  },
  "all but the last of several words about how far a message came": {
    example: [
      held({ kind: "status", n: 0, read: true }),
      on({ kind: "status", n: 0, read: false }),
    ],
    reaches: (path, all) =>
      /receipts|status/.test(path) && about(path, all, "status", "receipt", "edit") > 1,
  },
  "what is said about a message that is deleted or revoked, or comes twice": {
    example: [held(word("delete", "me")), on(word("react", "me"))],
    reaches: (path, all) =>
      /reactions|receipts|status/.test(path) &&
      (about(path, all, "delete", "revoke") > 0 || about(path, all, "say") > 1),
  },
  "that a chat went on, when what was said is revoked in the same flush": {
    example: [held(say("ann")), on(word("revoke", "ann"))],
    reaches: (path, all) =>
      /archived|pinned|last|unread/.test(path) && about(path, all, "revoke") > 0,
  },
  "when a chat went on last, when an older message came after and the newer is deleted in the same flush":
    {
      example: [held(say("me", 2)), on(say("me")), on(word("delete", "me", 2))],
      reaches: (path, all) =>
        path.endsWith("last") &&
        about(path, all, "delete") > 0 &&
        about(path, all, "say", "past") > 1,
    },
  "who is who, when only a message told it that is deleted in the same flush": {
    example: [held(say("ann")), on(word("delete", "ann"))],
    reaches: (path, all) => path === "pair" && about("direct", all, "delete") > 0,
  },
  "that a chat was read after what is said in the same flush": {
    example: [held(say("ann")), on({ kind: "read-chat", chat: LID })],
    reaches: (path, all) => path.endsWith("unread") && about(path, all, "read-chat") > 0,
  },
  "how far the history of a chat goes, where several messages come around it": {
    example: [held(say("ann")), on(say("ann")), on({ kind: "past", chat: LID, n: 1 })],
    reaches: (path, all) =>
      /unread|last/.test(path) && about(path, all, "past") > 0 && about(path, all, "say") > 1,
  },
  "that what counts as unread was deleted, when the history of its chat is in the flush": {
    example: [held({ kind: "past", chat: LID, n: 1 }), on(say("ann")), on(word("delete", "ann"))],
    reaches: (path, all) =>
      path.endsWith("unread") && about(path, all, "past") > 0 && about(path, all, "delete") > 0,
  },
  "how a chat was set once more, when its history is in the flush": {
    example: [
      on({ kind: "archive", chat: LID }),
      held({ kind: "past", chat: LID, n: 0 }),
      on({ kind: "pin", chat: LID }),
      on({ kind: "archive", chat: LID }),
    ],
    reaches: (path, all) =>
      /archived|pinned/.test(path) &&
      about(path, all, "past") > 0 &&
      about(path, all, "archive", "pin") > 1,
  },
  "the name that a contact gave itself, when it is told again": {
    example: [held({ kind: "notify", n: 0 }), on({ kind: "name", n: 0 })],
    reaches: (path, all) => path === "contact notify" && all.some((what) => what.kind === "name"),
  },
};

const unforgiven = (paths: readonly string[], steps: readonly Step[]): string[] => {
  const all = steps.map(([, what]) => what);
  return paths.filter((path) => !Object.values(LOSSES).some(({ reaches }) => reaches(path, all)));
};

test("wherever events are held back, the stores end as if they had not been", async () => {
  await fc.assert(
    fc.asyncProperty(log, async (steps) => {
      const paths = differences(await viewAfter(steps, false), await viewAfter(steps, true));
      expect(unforgiven(paths, steps)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

describe("Baileys' buffer loses", () => {
  test.each(Object.entries(LOSSES))("%s", async (_name, { example, reaches }) => {
    const paths = differences(await viewAfter(example, false), await viewAfter(example, true));
    expect(paths.length).toBeGreaterThan(0);
    const all = example.map(([, what]) => what);
    expect(paths.filter((path) => !reaches(path, all))).toEqual([]);
  });
});
