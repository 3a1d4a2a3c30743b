import { describe, expect, test, vi } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { Client, settledClient } from "./support/client.ts";

const isMessageFrom =
  (pn: string) =>
  ({ tag, direction, attrs }: JournalEntry): boolean =>
    tag === "message" && direction === "out" && attrs["from"] === pn;

function texts(client: Client): unknown[] {
  return client.received.map(({ message }) => message?.conversation).filter(Boolean);
}

describe("messages for a device that is away", () => {
  test("wait for its next login and are given in order, once, before the count", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using first = await settledClient(server, phone);
    server.connections[0]?.cut();
    await first.closed();

    expect(phone.companions).toMatchObject([{ device: 1, connected: false }]);
    await ana.say(phone, "one");
    const last = await ana.say(phone, "two");
    await using second = new Client(server, first.auth);
    await second.message("two");
    await ana.delivered(last.id);
    await using third = new Client(server, first.auth);
    await third.open();
    await ana.say(phone, "three");
    await third.message("three");

    expect(texts(second)).toEqual(["one", "two"]);
    expect(texts(third)).toEqual(["three"]);
    const ofSecond = server.journal.filter(
      ({ connection, direction, tag, attrs, children }) =>
        connection === "c3" &&
        direction === "out" &&
        (attrs["offline"] !== undefined || (tag === "ib" && children.includes("offline"))),
    );
    expect(ofSecond.map(({ tag, attrs }) => [tag, attrs["offline"]])).toEqual([
      ["message", "0"],
      ["message", "1"],
      ["ib", undefined],
    ]);
  });

  test("are given again when the connection was lost before the client confirmed them", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using first = await settledClient(server, phone);

    // The client no longer reads, as when its network is gone and nobody knows yet.
    first.sock.ws.removeAllListeners("message");
    const { id } = await ana.say(phone, "did you get this?");
    server.connections[0]?.cut();
    await first.closed();
    await using second = new Client(server, first.auth);
    await ana.delivered(id);

    const copies = server.journal.filter(isMessageFrom(ana.pn));
    expect(
      copies.map(({ connection, attrs }) => [connection, attrs["id"], attrs["offline"]]),
    ).toEqual([
      ["c2", id, undefined],
      ["c3", id, "0"],
    ]);
    expect(second.updates).not.toContainEqual(expect.objectContaining({ connection: "close" }));
  });

  test("are refused by a client that read them and could not say so", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using first = await settledClient(server, phone);

    // What the client writes is lost, as when its network is gone in that direction.
    vi.spyOn(first.sock.ws, "isOpen", "get").mockReturnValue(false);
    const { id } = await ana.say(phone, "did you get this?");
    await first.until("the session the message starts", () =>
      first.auth.records.get(`session-${ana.lid.replace("@lid", "_1.0")}`),
    );
    server.connections[0]?.cut();
    await first.closed();
    await using second = new Client(server, first.auth);
    await second.open();

    await expect(ana.delivered(id)).rejects.toMatchObject({
      code: "MOCK_MESSAGE_REFUSED",
      message: expect.stringContaining("error 487"),
    });
  });

  test("are given to a client that only turns active and never asks for them", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using first = await settledClient(server, phone);
    server.connections[0]?.cut();
    await ana.say(phone, "one");
    await using second = new Client(server, first.auth);
    second.sock.ws.removeAllListeners("CB:ib,,offline_preview");

    await second.message("one");

    const asked = server.journal.filter(({ children }) => children.includes("offline_batch"));
    expect(asked.map(({ connection }) => connection)).toEqual(["c2"]);
  });

  test("are announced with their count, and end with it once per connection", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using first = await settledClient(server, phone);
    server.connections[0]?.cut();
    await first.closed();
    await ana.say(phone, "one");
    await using second = new Client(server, first.auth);
    await second.open();
    await second.message("one");

    const ends = server.journal.filter(
      ({ tag, children }) => tag === "ib" && children.includes("offline"),
    );
    expect(ends.map(({ connection }) => connection)).toEqual(["c2", "c3"]);
  });
});
