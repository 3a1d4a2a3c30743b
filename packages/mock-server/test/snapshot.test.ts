import { describe, expect, test } from "vitest";
import { MockServer, type WorldSnapshot } from "@motte/mock-server";
import { Client, pairedClient, settled } from "./support/client.ts";

/** As it comes back from a file. */
function kept(snapshot: WorldSnapshot): WorldSnapshot {
  return JSON.parse(JSON.stringify(snapshot)) as WorldSnapshot;
}

/** A client that stays linked, and is gone. */
async function gone(client: Client, server: MockServer): Promise<void> {
  await client[Symbol.asyncDispose]();
  while (server.connections.length > 0) await new Promise((resolve) => setImmediate(resolve));
}

test("a world that was restored is the same world, down to the last key", async () => {
  await using server = await MockServer.start({ seed: "same" });
  server.clock.freeze();
  const phone = server.phone({ name: "bot" });
  const alice = server.contact({ name: "Alice" });
  const laptop = alice.linkDevice();
  const client = await pairedClient(server, phone);
  await client.synced();
  await alice.say(phone, "hello");
  await client.message("hello");
  await client.sock.sendMessage(alice.pn, { text: "hi" });
  await alice.receive();
  await laptop.receive();
  const group = server.group({ subject: "us", members: [alice, phone] });
  await alice.say(group, "all");
  await client.message("all");
  phone.appState.pin(alice);
  phone.history.chat(alice).message("long ago");
  phone.profile.setPrivacy("last", "none");
  phone.profile.block(server.contact({ name: "Mallory" }));
  server.newsletter({ owner: alice, name: "news" });
  alice.setPicture(Buffer.from("a picture"));
  server.props.set(10518, true);
  await settled(server, phone);
  await gone(client, server);
  const snapshot = await server.snapshot();

  await using other = await MockServer.start({ restore: kept(snapshot) });

  expect(await other.snapshot()).toEqual(snapshot);
  expect(other.seed).toBe("same");
});
