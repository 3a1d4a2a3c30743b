import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { Client, pairedClient } from "./support/client.ts";

const isRetry = ({ tag, attrs }: JournalEntry): boolean =>
  tag === "receipt" && attrs["type"] === "retry";

describe("a message that cannot be read", () => {
  test("is encrypted again for the client that lost its Signal session", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone, { retryRequestDelayMs: 10 });
    await client.synced();
    await ana.say(phone, "before");
    await client.message("before");
    for (const key of client.auth.records.keys()) {
      if (key.startsWith("session-")) client.auth.records.delete(key);
    }

    const { id } = await ana.say(phone, "after");
    await client.message("after");
    await ana.delivered(id);

    expect(server.journal.filter(isRetry)).toMatchObject([{ direction: "in", attrs: { id } }]);
    const copies = server.journal.filter(
      ({ tag, direction, attrs }) => tag === "message" && direction === "out" && attrs["id"] === id,
    );
    expect(copies).toHaveLength(2);
  });

  test("is asked for again by a contact, and the client sends it anew", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using first = await pairedClient(server, phone);
    await first.synced();
    await ana.say(phone, "hello");
    await first.message("hello");
    await first.sock.sendMessage(ana.pn, { text: "one" });
    await ana.receive();
    await ana.say(phone, "hello again");
    await first.message("hello again");
    const saved = new Map(structuredClone([...first.auth.records]));
    await first.sock.sendMessage(ana.pn, { text: "two" });
    await ana.receive();
    await first.sock.end(undefined);
    // A program that restores an old backup of its keys uses the same message key twice.
    first.auth.records.clear();
    for (const [key, value] of saved) first.auth.records.set(key, value);

    await using second = new Client(server, first.auth);
    await second.open();
    await second.sock.sendMessage(ana.pn, { text: "three" });
    const third = await ana.receive();

    expect(third.text).toBe("three");
  });
});
