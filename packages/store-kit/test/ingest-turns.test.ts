import type { BaileysEventMap } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { bindStores, chatStore } from "@motte/store-kit";
import { slowClock } from "./support/bound-stores.ts";
import { NOW_SECONDS, chatSide, text } from "./support/chat-side.ts";

type Flush = Partial<BaileysEventMap>;

/** A source of flushes as they are given to it. */
function source(): {
  readonly ev: { process(handler: (flush: Flush) => void): () => void };
  readonly emit: (flush: Flush) => void;
} {
  let handler: ((flush: Flush) => void) | undefined;
  return {
    ev: {
      process: (given) => {
        handler = given;
        return () => {};
      },
    },
    emit: (flush) => handler?.(flush),
  };
}

describe("a flush of a long history together with much that is new", () => {
  test("looks at each message a few times, not once for each chat, and counts it once", async () => {
    const side = chatSide();
    const { ev, emit } = source();
    let looks = 0;
    const count = 400;
    const messages = Array.from({ length: count }, (_, n) => {
      const { key, ...rest } = text(`${n + 1}@lid`, `M${n}`, n);
      return Object.defineProperty({ ...rest, key }, "key", {
        enumerable: true,
        get: () => {
          looks += 1;
          return key;
        },
      });
    });
    const chats = chatStore(side.options);
    const binding = bindStores({ ev }, { chats }, { clock: side.clock });
    emit({
      "messaging-history.set": {
        // As the event buffer leaves them: what is new is in the count.
        chats: messages.map(({ key }, n) => ({
          id: key.remoteJid ?? "",
          unreadCount: 3,
          conversationTimestamp: NOW_SECONDS + n - 5,
        })),
        contacts: [],
        messages: [],
      },
      "messages.upsert": { messages, type: "notify" },
    });
    await binding.drain();
    expect(looks).toBeLessThan(count * 50);
    expect(chats.get("7@lid")?.unread).toBe(3);
  });

  test("with a damaged message in it does not lose the history", async () => {
    const side = chatSide();
    const { ev, emit } = source();
    const chats = chatStore(side.options);
    const binding = bindStores({ ev }, { chats }, { clock: side.clock });
    const damaged = { ...text("1@lid", "M", 0), key: { remoteJid: 7 as never, id: "M" } };
    const history = { chats: [{ id: "1@lid", unreadCount: 3 }], contacts: [], messages: [] };
    emit({
      "messaging-history.set": history,
      "messages.upsert": { messages: [damaged], type: "notify" },
    });
    await binding.drain();
    expect(chats.get("1@lid")?.jid).toBe("1@lid");
    expect(side.errors).toHaveLength(1);
  });
});

test("the longest turn includes who is who, who is in a group, and what it takes to put the rest aside", () => {
  // Each look at this clock takes a millisecond.
  const clock = slowClock(1);
  const { ev, emit } = source();
  const groups = {
    ingest: () => {
      for (let look = 0; look < 100; look++) clock.monotonic();
    },
    fetchWith: () => {},
  };
  const binding = bindStores({ ev }, { groups }, { clock });
  emit({ "groups.update": [{ id: "1@g.us", subject: "x" }] });
  expect(binding.stats().longestTurnMs).toBeGreaterThanOrEqual(100);
});
