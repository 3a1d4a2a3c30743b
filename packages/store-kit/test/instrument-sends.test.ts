import { type WAMessage, initAuthCreds, makeWASocket, proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { silentLogger } from "@motte/core/logger";
import { openSqlite } from "@motte/core/sqlite";
import type { InstrumentedSocket } from "@motte/store-kit";
import { ME } from "./support/baileys-events.ts";
import { PN, message, ownKey, textOf } from "./support/messages.ts";
import { openStore } from "./support/open-store.ts";

/** A socket as Baileys builds it: `sendMessage` relays through its own closure. */
function closedOverSocket(log: string[]): InstrumentedSocket {
  const relayMessage: InstrumentedSocket["relayMessage"] = async (
    _jid,
    _message,
    { messageId },
  ) => {
    log.push(`stanza ${messageId ?? "GENERATED"}`);
    return messageId ?? "GENERATED";
  };
  return {
    relayMessage,
    sendMessage: async (jid, content) => {
      if ("delete" in content) return undefined;
      const text = "text" in content ? content.text : "";
      await relayMessage(jid, { conversation: text }, { messageId: "SENT" });
      return proto.WebMessageInfo.fromObject(message(ownKey("SENT", jid), text)) as WAMessage;
    },
  };
}

test("Baileys' own relayMessage is recorded before the stanza leaves, even if it then fails", async () => {
  await using opened = await openStore();
  const sock = makeWASocket({
    // Nothing listens on port 1 of this machine, so that no stanza can leave.
    waWebSocketUrl: "ws://127.0.0.1:1",
    logger: silentLogger,
    auth: {
      creds: { ...initAuthCreds(), me: ME },
      keys: { get: async () => ({}), set: async () => {} },
    },
  });
  opened.store.instrumentSends(sock);

  const relayed = sock.relayMessage(PN, { conversation: "hi" }, { messageId: "A" });
  await expect(relayed).rejects.toThrow("Connection Closed");
  const sent = sock.sendMessage(PN, { text: "not sent" }, { messageId: "B" });
  await expect(sent).rejects.toThrow("Connection Closed");
  await sock.end(undefined);

  expect(textOf(await opened.store.getMessage(ownKey("A")))).toBe("hi");
  expect(await opened.store.getMessage(ownKey("B"))).toBeUndefined();
});

test("both ways to send are recorded, a relay with an id before its stanza", async () => {
  const log: string[] = [];
  await using opened = await openStore({
    keep: ({ key }) => {
      log.push(`record ${key.id}`);
      return "body";
    },
  });
  const sock = closedOverSocket(log);
  opened.store.instrumentSends(sock);

  await sock.sendMessage(PN, { text: "hi" });
  await sock.sendMessage(PN, { delete: ownKey("X") });
  await sock.relayMessage(PN, { conversation: "with id" }, { messageId: "GIVEN" });
  await sock.relayMessage(PN, { conversation: "without id" }, {});
  await sock.relayMessage(
    PN,
    { conversation: "again" },
    { messageId: "R", participant: { jid: PN, count: 1 } },
  );

  expect(log).toEqual([
    "stanza SENT",
    "record SENT",
    "record GIVEN",
    "stanza GIVEN",
    "stanza GENERATED",
    "record GENERATED",
    "stanza R",
  ]);
  for (const id of ["SENT", "GIVEN", "GENERATED"]) {
    expect(await opened.store.getMessage(ownKey(id))).toBeDefined();
  }
});

test("a store that fails does not fail the send, and says so", async () => {
  const database = await openSqlite(":memory:");
  await using opened = await openStore({ database });
  const sock = closedOverSocket([]);
  opened.store.instrumentSends(sock);
  database.exec("DROP TABLE message");

  expect((await sock.sendMessage(PN, { text: "hi" }))?.key.id).toBe("SENT");
  expect(await sock.relayMessage(PN, { conversation: "hi" }, { messageId: "A" })).toBe("A");
  expect(opened.errors).toEqual(["STORE_KIT_UNAVAILABLE", "STORE_KIT_UNAVAILABLE"]);
  database.close();
});

test("disposing puts the socket back, unless somebody has wrapped it since", async () => {
  await using opened = await openStore();
  const sock = closedOverSocket([]);
  const { sendMessage, relayMessage } = sock;

  const instrumented = opened.store.instrumentSends(sock);
  const others: InstrumentedSocket["sendMessage"] = sendMessage.bind(sock);
  sock.sendMessage = others;
  instrumented[Symbol.dispose]();

  expect(sock.sendMessage).toBe(others);
  expect(sock.relayMessage).toBe(relayMessage);
});
