import { type WAMessage, proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { ME, realEvents } from "../support/baileys-events.ts";
import {
  type MessagePlace,
  type OpenedAny,
  all,
  backends,
  receive,
  stopBackends,
  textAt,
  textsOf,
} from "../support/message-places.ts";
import {
  GROUP,
  LID,
  NOW_MS,
  PN,
  editOf,
  message,
  ownKey,
  poll,
  revokeOf,
  theirKey,
} from "../support/messages.ts";

const ANN = "101@lid";
const ANN_PN = "49101@s.whatsapp.net";
const BOB = "102@lid";

const ownRevoke = (id: string, author: string): WAMessage =>
  revokeOf(theirKey(id, GROUP, author), theirKey(`revoke of ${id}`, GROUP, author));

afterAll(stopBackends);

describe.each(await backends())("facts about messages in $name", (backend) => {
  let place: MessagePlace;
  let runs = 0;
  beforeEach(async () => {
    place = await backend.place();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  test("what was sent is found after the store was closed and opened again", async () => {
    {
      await using opened = await place.open();
      await opened.store.recordSent(message(ownKey("A", PN, { remoteJidAlt: LID }), poll(7)));
    }
    await using again = await place.open();

    expect((await again.store.getMessage(ownKey("A", "888:3@lid")))?.messageContextInfo).toEqual(
      expect.objectContaining({ messageSecret: Buffer.alloc(32, 7) }),
    );
    expect(await again.store.getMessage(ownKey("B"))).toBeUndefined();
    expect(again.errors).toEqual([]);
  });

  test("accounts do not see each other's messages", async () => {
    await using one = await place.open({ account: "one" });
    await using two = await place.open({ account: "two" });
    await one.store.recordSent(message(ownKey("A"), "from one"));

    expect(await textAt(one.store, ownKey("A"))).toBe("from one");
    expect(await two.store.getMessage(ownKey("A"))).toBeUndefined();
    expect(await textsOf(two.store, PN)).toEqual([]);
  });

  test("the first body of an id stays, and what others send under it changes nothing", async () => {
    await using opened = await place.open({ keep: all });
    await opened.store.recordSent(message(ownKey("A"), "ours"));
    await opened.store.recordSent(message(ownKey("A"), "ours again"));
    await receive(opened.store, message(theirKey("A", PN), "theirs"));

    expect(await textAt(opened.store, ownKey("A"))).toBe("ours");
    expect(await textAt(opened.store, theirKey("A", PN))).toBe("theirs");
  });

  test("nothing others send changes what is answered for our own key", async () => {
    const target = fc.record({
      id: fc.constantFrom("A", "B"),
      fromMe: fc.constantFrom(true, false, undefined),
      participant: fc.constantFrom(ANN, BOB, ME.id, ME.lid, undefined),
    });
    const theirs = fc.record({
      kind: fc.constantFrom("text", "revoke", "edit"),
      id: fc.constantFrom("A", "B", "X"),
      chat: fc.constantFrom(GROUP, PN, LID),
      author: fc.constantFrom(ANN, BOB, ANN_PN),
      target,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(theirs, { maxLength: 8 }), fc.nat(8), async (log, sentAfter) => {
        await using opened = await place.open({
          account: `run ${++runs}`,
          me: ME,
          keep: all,
        });
        const send = async (): Promise<void> => {
          await opened.store.recordSent(message(ownKey("A", GROUP), "ours in the group"));
          await opened.store.recordSent(message(ownKey("B"), "ours"));
        };
        for (const [index, one] of log.entries()) {
          if (index === sentAfter) await send();
          const key = theirKey(one.id, one.chat, one.chat === GROUP ? one.author : undefined);
          const { id, fromMe, participant } = one.target;
          const about = { id, remoteJid: one.chat, ...(fromMe !== undefined && { fromMe }) };
          if (participant !== undefined) Object.assign(about, { participant });
          if (one.kind === "text") await receive(opened.store, message(key, "theirs"));
          else if (one.kind === "revoke") await receive(opened.store, revokeOf(about, key));
          else await receive(opened.store, editOf(about, "forged", key));
        }
        await send();

        expect(await textAt(opened.store, ownKey("A", GROUP))).toBe("ours in the group");
        expect(await textAt(opened.store, ownKey("B"))).toBe("ours");
      }),
      { numRuns: 25 },
    );
  });

  test("facts end the same in any order and any number of times, each author's about his own message only", async () => {
    const facts: readonly (() => WAMessage)[] = [
      () => message(theirKey("A", GROUP, ANN), "Ann's"),
      () => editOf(theirKey("A", GROUP, ANN), "edited", theirKey("E", GROUP, ANN), NOW_MS - 2),
      () =>
        editOf(theirKey("A", GROUP, ANN), "edited twice", theirKey("F", GROUP, ANN), NOW_MS - 1),
      () => editOf(theirKey("A", GROUP, ANN), "forged", theirKey("G", GROUP, BOB), NOW_MS),
      () => revokeOf(theirKey("A", GROUP, ANN), theirKey("H", GROUP, BOB)),
      () => message(theirKey("B", GROUP, BOB), "Bob's"),
      () => revokeOf(theirKey("B", GROUP, BOB), theirKey("I", GROUP, BOB)),
    ];
    const order = fc
      .tuple(
        fc.shuffledSubarray([...facts.keys()], { minLength: facts.length }),
        fc.array(fc.nat(facts.length - 1), { maxLength: 4 }),
      )
      .map(([once, again]) => [...once, ...again]);
    await fc.assert(
      fc.asyncProperty(order, fc.boolean(), async (indexes, atOnce) => {
        await using opened = await place.open({
          account: `run ${++runs}`,
          keep: all,
        });
        const messages = indexes.flatMap((index) => facts[index]?.() ?? []);
        if (atOnce) await opened.store.ingestHistory(messages);
        else await receive(opened.store, ...messages);

        expect(await textAt(opened.store, theirKey("A", GROUP, ANN))).toBe("edited twice");
        expect(await opened.store.getMessage(theirKey("B", GROUP, BOB))).toBeUndefined();
        expect(opened.errors).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  test("an edit and a revoke by the author under the other form count, once the forms are known to be one", async () => {
    const identities = {
      lidOf: (jid: string) => (jid === ANN_PN ? ANN : undefined),
      pnOf: (jid: string) => (jid === ANN ? ANN_PN : undefined),
    };
    const edit = editOf(theirKey("A", GROUP, ANN), "edited", theirKey("E", GROUP, ANN_PN));
    const original = message(theirKey("A", GROUP, ANN), "first");
    await using knowing = await place.open({ keep: all, identities });
    await receive(knowing.store, original, edit);
    expect(await textAt(knowing.store, theirKey("A", GROUP, ANN_PN))).toBe("edited");

    await using unknowing = await place.open({ keep: all, account: "other" });
    await receive(unknowing.store, original, edit);
    expect(await textAt(unknowing.store, theirKey("A", GROUP, ANN))).toBe("first");
  });

  test("identities that fail are reported and cost nothing but themselves", async () => {
    const identities = {
      lidOf: (): never => {
        throw new Error("no identities");
      },
      pnOf: () => undefined,
    };
    await using opened = await place.open({ identities });
    await opened.store.recordSent(message(ownKey("A"), "hi"));

    expect(await textAt(opened.store, ownKey("A"))).toBe("hi");
    expect(new Set(opened.errors)).toEqual(new Set(["no identities"]));
  });

  test("a message to a number that has another owner since is not answered to the new one", async () => {
    let owner = LID;
    const identities = {
      lidOf: (jid: string) => (jid === PN ? owner : undefined),
      pnOf: (jid: string) => (jid === owner ? PN : undefined),
    };
    await using opened = await place.open({ identities });
    await opened.store.recordSent(message(ownKey("A"), "for the old owner"));
    owner = "999@lid";

    expect(await opened.store.getMessage(ownKey("A", "999:2@lid"))).toBeUndefined();
    expect(await textAt(opened.store, ownKey("A", LID))).toBe("for the old owner");
  });

  describe("a revoke of somebody else's message", () => {
    const theirs = theirKey("A", GROUP, ANN);
    const ours = ownKey("O", GROUP);
    const oursAsSeenByBob = { remoteJid: GROUP, fromMe: false, id: "O", participant: ME.lid };
    const revokes = [
      revokeOf(theirs, theirKey("R", GROUP, BOB)),
      revokeOf(oursAsSeenByBob, theirKey("S", GROUP, BOB)),
    ];
    const fill = async (opened: OpenedAny): Promise<void> => {
      await opened.store.recordSent(message(ours, "ours"));
      await receive(opened.store, message(theirs, "Ann's"));
    };

    test.each(["before", "after"])("by an admin erases it, coming %s it", async (when) => {
      await using opened = await place.open({
        keep: all,
        me: ME,
        isGroupAdmin: (group, user) => group === GROUP && user === BOB,
      });
      if (when === "after") await fill(opened);
      await receive(opened.store, ...revokes);
      if (when === "before") await fill(opened);

      expect(await opened.store.getMessage(theirs)).toBeUndefined();
      expect(await opened.store.getMessage(ours)).toBeUndefined();
      expect(await textsOf(opened.store, GROUP)).toEqual([]);
    });

    test("by somebody who is no admin does nothing, even when made one later", async () => {
      let isAdmin = false;
      await using opened = await place.open({
        keep: all,
        me: ME,
        isGroupAdmin: () => isAdmin,
      });
      await fill(opened);
      await receive(opened.store, ...revokes);
      isAdmin = true;

      expect(await textAt(opened.store, theirs)).toBe("Ann's");
      expect(await textAt(opened.store, ours)).toBe("ours");
    });

    test("waits until it is known who is an admin", async () => {
      let isAdmin: boolean | undefined;
      await using opened = await place.open({
        keep: all,
        me: ME,
        isGroupAdmin: () => isAdmin,
      });
      await receive(opened.store, ...revokes);
      await fill(opened);
      expect(await textAt(opened.store, theirs)).toBe("Ann's");
      expect(await textAt(opened.store, ours)).toBe("ours");
      isAdmin = true;

      expect(await opened.store.getMessage(theirs)).toBeUndefined();
      isAdmin = false;
      expect(await opened.store.getMessage(theirs)).toBeUndefined();
      expect(await textAt(opened.store, ours)).toBe("ours");
    });

    test("is nobody's right where nobody tells who is an admin, or where that fails", async () => {
      await using opened = await place.open({
        keep: all,
        me: ME,
        isGroupAdmin: () => {
          throw new Error("no groups");
        },
      });
      await receive(opened.store, ...revokes);
      await fill(opened);

      expect(await textAt(opened.store, theirs)).toBe("Ann's");
      expect(await textAt(opened.store, ours)).toBe("ours");
      expect(new Set(opened.errors)).toEqual(new Set(["no groups"]));
    });
  });

  test("words about messages that never come push out only those of their own author", async () => {
    await using opened = await place.open({ keep: all });
    const flood = Array.from({ length: 130 }, (_, index) => ownRevoke(`flood ${index}`, ANN));
    await opened.store.ingestHistory([ownRevoke("B", BOB), ...flood]);
    await opened.store.ingestHistory([
      message(theirKey("B", GROUP, BOB), "revoked before it came"),
      message(theirKey("flood 0", GROUP, ANN), "long forgotten"),
      message(theirKey("flood 129", GROUP, ANN), "just revoked"),
    ]);

    expect(await opened.store.getMessage(theirKey("B", GROUP, BOB))).toBeUndefined();
    expect(await opened.store.getMessage(theirKey("flood 129", GROUP, ANN))).toBeUndefined();
    expect(await textAt(opened.store, theirKey("flood 0", GROUP, ANN))).toBe("long forgotten");
  });

  test("an edit of a message that would not be kept is not kept for it", async () => {
    await using opened = await place.open({
      keep: ({ message: content }) => (content?.conversation?.includes("secret") ? "none" : "body"),
    });
    const key = theirKey("A", GROUP, ANN);
    await receive(
      opened.store,
      editOf(key, "a secret", theirKey("E", GROUP, ANN)),
      message(key, "harmless"),
    );

    expect(await textAt(opened.store, key)).toBe("harmless");
  });

  test("the status of an own message only rises, and a failure does not lower it", async () => {
    await using opened = await place.open();
    const { ev } = realEvents();
    opened.store.bind(ev);
    const statusOf = async (): Promise<number | undefined> => {
      await opened.store.drain();
      return (await opened.store.load(ownKey("A")))?.status;
    };
    // As the wire has it: numbers, and not only those that Baileys has names for.
    const receipt = (status: number): boolean => {
      const update: object = { status, messageTimestamp: 1 };
      return ev.emit("messages.update", [{ key: ownKey("A"), update }]);
    };
    receipt(3);
    const { PENDING } = proto.WebMessageInfo.Status;
    await opened.store.recordSent({ ...message(ownKey("A"), "hi"), status: PENDING });

    expect(await statusOf()).toBe(3);
    for (const status of [2, 0, 4, 99, 3]) receipt(status);
    expect(await statusOf()).toBe(4);
    expect((await opened.store.load(ownKey("A")))?.sentAtMs).toBe(NOW_MS);
  });

  test("facts that two stores of one account write at once all count", async () => {
    await using one = await place.open();
    await using two = await place.open();
    await one.store.recordSent(message(ownKey("A"), "first"));
    // The newest first, so that any other one that overwrites it shows.
    const edits = Array.from({ length: 12 }, (_, index) =>
      editOf(ownKey("A"), `edit ${index}`, ownKey(`E${index}`), NOW_MS - index),
    );
    await Promise.all(
      edits.map(async (edit, index) => (index % 2 ? one : two).store.recordSent(edit)),
    );

    expect(await textAt(one.store, ownKey("A"))).toBe("edit 0");
  });

  test("a receipt for an id before we used it does not make its sender the chat of our message", async () => {
    await using opened = await place.open({ matchUnmappedLid: false });
    const update: object = { status: 3 };
    opened.store.ingest({ "messages.update": [{ key: ownKey("A", "666@lid"), update }] });
    await opened.store.drain();
    await opened.store.recordSent(message(ownKey("A"), "for somebody else"));

    expect(await textAt(opened.store, ownKey("A"))).toBe("for somebody else");
    expect(await opened.store.getMessage(ownKey("A", "666@lid"))).toBeUndefined();
  });

  test("what is deleted for us or revoked does not come back by history", async () => {
    await using opened = await place.open({ keep: all });
    const one = message(theirKey("A", GROUP, ANN), "one");
    const two = message(theirKey("B", GROUP, ANN), "two");
    await receive(opened.store, one, two, revokeOf(one.key, theirKey("R", GROUP, ANN)));
    const { ev } = realEvents();
    opened.store.bind(ev);
    ev.emit("messages.delete", { keys: [two.key] });
    await opened.store.drain();
    await opened.store.ingestHistory([one, two]);

    expect(await opened.store.getMessage(one.key)).toBeUndefined();
    expect(await opened.store.getMessage(two.key)).toBeUndefined();
  });
});
