// Run by `node --test` in fixtures/node-test.test.ts, as a user's test file would be.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { makeWASocket } from "@whiskeysockets/baileys";
import { mockStage } from "@motte/mock-server/node-test";

// What would keep this process running now that every test is over.
after(() => {
  const kinds = ["Timeout", "TCPSocketWrap", "TCPServerWrap", "TLSWrap"];
  const left = process.getActiveResourcesInfo().filter((kind) => kinds.includes(kind));
  process.stdout.write(`left open: ${left.join() || "nothing"}\n`);
});

void test("the client hears what the contact says", async (t) => {
  const { client, contact, phone } = await mockStage(t);
  const heard = new Promise((resolve) => {
    client.sock.ev.on("messages.upsert", ({ messages }) => {
      for (const { message } of messages) if (message?.conversation) resolve(message.conversation);
    });
  });

  await contact.say(phone, "hello");

  assert.equal(await heard, "hello");
});

void test("a bot that the author wires to its socket answers", async (t) => {
  const { contact, phone, client, server } = await mockStage(t, {
    connect: (config) => {
      const sock = makeWASocket(config);
      sock.ev.on("messages.upsert", ({ messages }) => {
        for (const { key } of messages) {
          if (key.remoteJid && !key.fromMe) void sock.sendMessage(key.remoteJid, { text: "pong" });
        }
      });
      return sock;
    },
  });
  await contact.say(phone, "ping");
  assert.equal((await contact.receive()).text, "pong");

  const reopened = client.reopened();
  for (const connection of server.connections) connection.cut();
  assert.notEqual(await reopened, undefined);
});
