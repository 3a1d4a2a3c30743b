import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import type { WAMessage } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import type { EventSource } from "@motte/store-kit";
import { HandFedEvents, ME, type RealEvents, realEvents } from "./support/baileys-events.ts";
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
  textOf,
  theirKey,
} from "./support/messages.ts";
import { openStore } from "./support/open-store.ts";

const BOB = "888@lid";
const MALLORY = "999@lid";

/** A message another device of ours sent, under the LID of the chat. */
function fromOtherDevice(id: string, remoteJidAlt: string): WAMessage {
  return message(ownKey(id, LID, { remoteJidAlt }), "hi");
}

// Baileys may hand over one event at a time, or a whole flush in which it has already merged some of them.
describe.each([
  ["one by one", false],
  ["in one flush", true],
])("through Baileys' event buffer, %s", (_how, buffered) => {
  async function play(ev: RealEvents, messages: WAMessage[]): Promise<void> {
    if (buffered) ev.ev.buffer();
    for (const one of messages) await ev.upsert(one);
    ev.ev.flush();
  }

  test("own messages are kept and other people's are not, but for polls", async () => {
    await using opened = await openStore({ me: ME });
    const events = realEvents();
    opened.store.bind(events.ev);

    await play(events, [
      message(ownKey("A"), "mine"),
      message(theirKey("B", PN), "theirs"),
      message(theirKey("P", GROUP, BOB), poll(1)),
    ]);

    expect(textOf(await opened.store.getMessage(ownKey("A")))).toBe("mine");
    expect(await opened.store.getMessage(theirKey("B", PN))).toBeUndefined();
    expect(await opened.store.getMessage(theirKey("P", GROUP, BOB))).toBeDefined();
    expect(opened.errors).toEqual([]);
  });

  test("a revoked own message is not sent again, and the revoke itself is", async () => {
    await using opened = await openStore({ me: ME });
    const events = realEvents();
    opened.store.bind(events.ev);

    await play(events, [message(ownKey("A"), "oops"), revokeOf(ownKey("A"), ownKey("R"))]);

    expect(await opened.store.getMessage(ownKey("A"))).toBeUndefined();
    expect(await opened.store.getMessage(ownKey("A", LID))).toBeUndefined();
    const revoke = await opened.store.getMessage(ownKey("R"));
    expect(revoke?.protocolMessage?.key?.id).toBe("A");
  });

  test("an edited own message is sent again as edited, with the secret of the original", async () => {
    await using opened = await openStore({ me: ME });
    const events = realEvents();
    opened.store.bind(events.ev);
    const original = {
      conversation: "first",
      messageContextInfo: { messageSecret: new Uint8Array(32).fill(9) },
    };
    const sent = message(ownKey("A"), original);
    opened.store.recordSent(sent);

    await play(events, [
      sent,
      editOf(ownKey("A"), "third", ownKey("E2"), NOW_MS + 2000),
      editOf(ownKey("A"), "second", ownKey("E1"), NOW_MS + 1000),
    ]);

    const found = await opened.store.getMessage(ownKey("A"));
    expect(textOf(found)).toBe("third");
    expect(found?.messageContextInfo?.messageSecret).toEqual(Buffer.alloc(32, 9));
  });

  test("an edit that the buffer merged into the message is what is sent again", async () => {
    await using opened = await openStore({ me: ME });
    const events = realEvents();
    opened.store.bind(events.ev);

    await play(events, [message(ownKey("A"), "first"), editOf(ownKey("A"), "second", ownKey("E"))]);

    const found = await opened.store.getMessage(ownKey("A"));
    expect(textOf(found)).toBe("second");
    expect(found?.editedMessage).toBeFalsy();
  });

  test("a stranger can neither revoke nor edit our message, nor somebody else's poll", async () => {
    await using opened = await openStore({ me: ME });
    const events = realEvents();
    opened.store.bind(events.ev);
    const bobs = theirKey("P", GROUP, BOB);
    await play(events, [message(ownKey("A", GROUP), "mine"), message(bobs, poll(1))]);

    for (const id of ["A", "P"]) {
      const target = { remoteJid: GROUP, id, fromMe: true };
      await play(events, [
        editOf(target, "forged", theirKey(`E${id}`, GROUP, MALLORY)),
        revokeOf(target, theirKey(`R${id}`, GROUP, MALLORY)),
        revokeOf({ ...target, participant: BOB }, theirKey(`S${id}`, GROUP, MALLORY)),
      ]);
    }

    expect(textOf(await opened.store.getMessage(ownKey("A", GROUP)))).toBe("mine");
    expect((await opened.store.getMessage(bobs))?.pollCreationMessage?.name).toBe("tea?");
  });

  test("a stranger's edit of a message in the same flush is not taken for the author's words", async () => {
    await using opened = await openStore({ keep: () => "body" });
    const events = realEvents();
    opened.store.bind(events.ev);
    const bobs = theirKey("B", GROUP, BOB);

    await play(events, [
      message(bobs, "Bob's words"),
      editOf({ remoteJid: GROUP, id: "B" }, "forged", theirKey("E", GROUP, MALLORY)),
    ]);

    const found = textOf(await opened.store.getMessage(bobs));
    expect(found).toBe(buffered ? undefined : "Bob's words");
  });

  test("a revoke under the other form counts as soon as a key names both", async () => {
    await using opened = await openStore({ keep: () => "body" });
    const events = realEvents();
    opened.store.bind(events.ev);

    await play(events, [message(theirKey("B", PN), "Bob's words")]);
    await play(events, [revokeOf({ id: "B" }, theirKey("R", LID))]);

    expect(await opened.store.getMessage(theirKey("B", PN))).toBeDefined();
    const bothForms = { ...theirKey("B", PN), remoteJidAlt: LID };
    expect(await opened.store.getMessage(bothForms)).toBeUndefined();
  });

  test("the author revokes and an own device revokes as admin, also before the message comes", async () => {
    await using opened = await openStore({ me: ME });
    const events = realEvents();
    opened.store.bind(events.ev);
    const poll1 = theirKey("P1", GROUP, BOB);
    const poll2 = theirKey("P2", GROUP, BOB);

    await play(events, [
      revokeOf({ id: "P1" }, theirKey("R1", GROUP, BOB)),
      revokeOf({ id: "P2", participant: BOB, fromMe: false }, ownKey("R2", GROUP)),
    ]);
    await play(events, [message(poll1, poll(1)), message(poll2, poll(2))]);

    expect(await opened.store.getMessage(poll1)).toBeUndefined();
    expect(await opened.store.getMessage(poll2)).toBeUndefined();
  });

  test("a message deleted for us, and a chat deleted, stay away when they are delivered again", async () => {
    await using opened = await openStore({ me: ME });
    const events = realEvents();
    opened.store.bind(events.ev);
    const sent = [message(ownKey("A"), "a"), message(ownKey("B", GROUP), "b")];
    await play(events, structuredClone(sent));

    if (buffered) events.ev.buffer();
    events.ev.emit("messages.delete", { keys: [ownKey("A")] });
    events.ev.emit("chats.delete", [GROUP]);
    events.ev.flush();
    await play(events, [
      ...structuredClone(sent),
      message(ownKey("C", GROUP), "sent before, delivered late", NOW_MS - 60_000),
    ]);

    for (const key of [ownKey("A"), ownKey("B", GROUP), ownKey("C", GROUP)]) {
      expect(await opened.store.getMessage(key)).toBeUndefined();
    }
  });

  test("a receipt changes neither time nor body", async () => {
    await using opened = await openStore({ me: ME });
    const events = realEvents();
    opened.store.bind(events.ev);
    await play(events, [message(ownKey("A"), "hi")]);

    const update = { messageTimestamp: 1 };
    events.ev.emit("messages.update", [{ key: ownKey("A"), update }]);
    events.ev.emit("messages.update", [
      { key: ownKey("A"), update: { message: null, key: ownKey("Z") } },
    ]);

    expect(opened.store.load(ownKey("A"))).toMatchObject({ sentAtMs: NOW_MS });
  });
});

test("a time may be a Long, text or a number", async () => {
  await using opened = await openStore();
  const events = realEvents();
  opened.store.bind(events.ev);
  const seconds = NOW_MS / 1000 - 60;
  const long = { low: seconds, high: 0, unsigned: true, toString: () => String(seconds) };

  for (const [id, messageTimestamp] of Object.entries({
    A: seconds,
    B: String(seconds),
    C: long,
  })) {
    const one = { ...message(ownKey(id), "hi"), messageTimestamp };
    events.ev.emit("messages.upsert", { messages: [one as WAMessage], type: "append" });
  }

  for (const id of ["A", "B", "C"]) {
    expect(opened.store.load(ownKey(id))?.sentAtMs).toBe(seconds * 1000);
  }
});

test("the account is learned from Baileys, so that its own name for a chat is not taken for the peer's", async () => {
  await using opened = await openStore();
  const events = realEvents();
  opened.store.bind(events.ev);
  await events.upsert(fromOtherDevice("early", PN));
  events.ev.emit("creds.update", { me: ME });
  await events.upsert(fromOtherDevice("late", PN));
  await events.upsert(fromOtherDevice("own", ME.id));

  const chatsOf = async (id: string): Promise<boolean[]> =>
    Promise.all(
      [PN, "5599@s.whatsapp.net"].map(
        async (jid) => (await opened.store.getMessage(ownKey(id, jid))) !== undefined,
      ),
    );
  expect(await chatsOf("late")).toEqual([true, false]);
  // Nothing certain is known of these two, so any PN may be the chat's other form.
  expect(await chatsOf("early")).toEqual([true, true]);
  expect(await chatsOf("own")).toEqual([true, true]);
});

describe("bind", () => {
  test("takes a plain emitter, binds it once, and lets go of it", async () => {
    await using opened = await openStore();
    const emitter = new EventEmitter();
    const listeners = (): number =>
      emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
    const send = (id: string): boolean =>
      emitter.emit("messages.upsert", { messages: [message(ownKey(id), id)], type: "append" });

    const binding = opened.store.bind(emitter);
    const atFirst = listeners();
    expect(opened.store.bind(emitter)).toBe(binding);
    expect(listeners()).toBe(atFirst);
    send("A");
    binding[Symbol.dispose]();
    send("B");

    expect(listeners()).toBe(0);
    expect(textOf(await opened.store.getMessage(ownKey("A")))).toBe("A");
    expect(await opened.store.getMessage(ownKey("B"))).toBeUndefined();
  });

  test("follows one socket's events after another's, and closing lets go of all", async () => {
    const { store, clock } = await openStore();
    const first = realEvents();
    const second = realEvents();
    let left = 0;
    const counted = ({ ev }: RealEvents): EventSource => ({
      process: (handler) => {
        const leave = ev.process(handler);
        return () => {
          left += 1;
          leave();
        };
      },
    });
    store.bind(counted(first));
    await first.upsert(message(ownKey("A"), "on the first"));
    first.ev.destroy();
    store.bind(counted(second));
    await second.upsert(message(ownKey("B"), "on the second"));

    expect(textOf(await store.getMessage(ownKey("A")))).toBe("on the first");
    expect(textOf(await store.getMessage(ownKey("B")))).toBe("on the second");
    await store.close();
    await store.close();
    expect(left).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  test("never throws into Baileys, whatever an event holds, and still reads what makes sense", async () => {
    const junk = fc.oneof(
      fc.anything(),
      fc.record({ key: fc.anything(), message: fc.anything() }),
      fc.record({
        key: fc.record({ id: fc.string(), remoteJid: fc.string(), fromMe: fc.anything() }),
        message: fc.oneof(
          fc.anything(),
          fc.record({ protocolMessage: fc.anything() }),
          fc.record({ editedMessage: fc.anything() }),
          fc.record({ conversation: fc.anything() }),
        ),
        messageTimestamp: fc.anything(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(junk, { maxLength: 4 }), fc.anything(), async (around, odd) => {
        await using opened = await openStore();
        const events = new HandFedEvents();
        opened.store.bind(events);

        const good = message(ownKey("GOOD"), "still read");
        events.feed({ "messages.upsert": { messages: [...around, good] } });
        events.feed({ "messages.upsert": odd, "messages.delete": odd, "chats.delete": odd });
        events.feed({
          "creds.update": odd,
          "messages.delete": { keys: around },
          "chats.delete": around,
        });

        expect(textOf(await opened.store.getMessage(ownKey("GOOD")))).toBe("still read");
        for (const code of opened.errors) expect(code).toBe("STORE_KIT_EVENT_UNREADABLE");
      }),
      { numRuns: 150 },
    );
  });
});
