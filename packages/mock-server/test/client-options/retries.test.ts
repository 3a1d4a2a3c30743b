import { type CacheStore, DEFAULT_CONNECTION_CONFIG } from "@whiskeysockets/baileys";
import type { UserFacingSocketConfig } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { type Contact, type JournalEntry, MockServer } from "@motte/mock-server";
import { Client, pairedClient, settled } from "../support/client.ts";

const { makeSignalRepository } = DEFAULT_CONNECTION_CONFIG;

/** Options of a client that can read nothing this contact writes. */
function deafTo(
  contact: Contact,
  onUnreadable: () => void = () => {},
): Partial<UserFacingSocketConfig> {
  return {
    makeSignalRepository: (...parts) => {
      const repository = makeSignalRepository(...parts);
      return {
        ...repository,
        decryptMessage: (message) => {
          const [user] = message.jid.split(/[:@]/);
          const from = [contact.pn, contact.lid].map((jid) => jid.split("@")[0]);
          if (from.includes(user)) {
            onUnreadable();
            throw new Error("Bad MAC");
          }
          return repository.decryptMessage(message);
        },
      };
    },
  };
}

/** The retry receipts for one message. */
function retries(server: MockServer, id: string): readonly JournalEntry[] {
  return server.journal.filter(
    ({ tag, direction, attrs }) =>
      tag === "receipt" && direction === "in" && attrs["type"] === "retry" && attrs["id"] === id,
  );
}

function mapCache(): CacheStore {
  const values = new Map<string, unknown>();
  return {
    // Whoever asks names the type of what it once put in.
    get: (key) => values.get(key) as never,
    set: (key, value: unknown) => void values.set(key, value),
    del: (key) => void values.delete(key),
    flushAll: () => values.clear(),
  };
}

describe("maxMsgRetryCount", () => {
  test.each([5, 2])("%i: so often a client asks for a message it cannot read", async (most) => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone, {
      ...deafTo(ana),
      maxMsgRetryCount: most,
      retryRequestDelayMs: 1,
    });
    await client.synced();
    await settled(server, phone);

    const { id } = await ana.say(phone, "unreadable");
    await settled(server, phone);

    expect(retries(server, id)).toHaveLength(most);
    const copies = server.journal.filter(
      ({ tag, direction, attrs }) => tag === "message" && direction === "out" && attrs["id"] === id,
    );
    expect(copies).toHaveLength(most + 1);
    await expect(ana.delivered(id, { timeoutMs: 20 })).rejects.toMatchObject({
      code: "MOCK_MESSAGE_REFUSED",
    });
  });
});

describe("msgRetryCounterCache", () => {
  test("carries the count over to the next connection", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    const options = {
      ...deafTo(ana),
      maxMsgRetryCount: 4,
      retryRequestDelayMs: 1,
      // Baileys (messages-recv.js) counts in the cache only without its other memory of messages.
      enableRecentMessageCache: false,
      msgRetryCounterCache: mapCache(),
    };
    await using first = await pairedClient(server, phone, options);
    await first.synced();
    await settled(server, phone);

    const { id } = await ana.say(phone, "unreadable");
    await server.journal.waitFor(() => retries(server, id).length === 2);
    server.connections[0]?.cut();
    const before = retries(server, id).length;
    await using second = new Client(server, first.auth, options);
    await second.open();
    await settled(server, phone);

    expect(before).toBe(2);
    expect(retries(server, id).length).toBeLessThanOrEqual(4);
    expect(retries(server, id).length).toBeGreaterThan(2);
  });
});

describe("retryRequestDelayMs", () => {
  test("is how long a client waits after it has asked before it says that it could not read", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    let unreadableAt = Number.POSITIVE_INFINITY;
    await using client = await pairedClient(server, phone, {
      // Before it asks: when that arrives says nothing, for it may be on its way as long as the client waits.
      ...deafTo(ana, () => (unreadableAt = Math.min(unreadableAt, server.clock.now()))),
      maxMsgRetryCount: 1,
      retryRequestDelayMs: 200,
    });
    await client.synced();

    const { id } = await ana.say(phone, "unreadable");
    const refusal = await server.journal.waitFor(
      ({ tag, direction, attrs }) =>
        tag === "ack" && direction === "in" && attrs["id"] === id && attrs["error"] === "500",
    );

    const asked = retries(server, id).map(({ sequence }) => sequence);
    expect(asked).toEqual([expect.any(Number)]);
    expect(Math.max(...asked)).toBeLessThan(refusal.sequence);
    // A timer of Node may be a millisecond early.
    expect(refusal.at - unreadableAt).toBeGreaterThanOrEqual(199);
  });
});
