import { ManualClock } from "@motte/core/manual-clock";
import { openRedisMessageStore, seconds } from "@motte/store-kit";
import { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { receive } from "../support/message-places.ts";
import { GROUP, NOW_MS, editOf, message, revokeOf, theirKey } from "../support/messages.ts";
import { sharedRedis } from "../support/shared-redis.ts";

const ANN = "101@lid";
const BOB = "102@lid";
const target = (id: string, who: string) => theirKey(id, GROUP, who);
const redis = sharedRedis();

/** Everything but the marks of what was erased, as text. */
async function heldBy(prefix: string): Promise<string> {
  const { client } = redis;
  const held: string[] = [];
  for (const key of await client.keys(`${prefix}*`)) {
    if (key.includes(":e:")) continue;
    const kind = await client.type(key);
    const parts =
      kind === "hash"
        ? Object.entries(await client.hGetAll(key)).flat()
        : await client.zRange(key, 0, -1);
    held.push(key, ...parts);
  }
  return held.join("\n");
}

async function waiting(prefix: string) {
  const store = await openRedisMessageStore({
    account: "bot",
    client: redis.client,
    prefix,
    commandTimeout: seconds(30),
    clock: new ManualClock(NOW_MS),
    baileys: { proto },
    keep: () => "body",
  });
  const at = NOW_MS - 5000;
  await receive(
    store,
    // Changes of messages that have not come.
    editOf(target("A", ANN), "Ann's edit", target("A2", ANN), at),
    editOf(theirKey("D", ANN), "Ann's edit in her chat", theirKey("D2", ANN), at),
    revokeOf(target("B", BOB), target("B2", ANN), at),
    editOf(target("C", BOB), "Bob's edit", target("C2", BOB), at),
  );
  return store;
}

test("what of a user's waits for its message is erased with the user, and nobody else's", async () => {
  await using store = await waiting("user");
  expect(await heldBy("user")).toContain("Ann's edit in her chat");

  await store.eraseUser(ANN);

  const held = await heldBy("user");
  expect(held).not.toContain("Ann's");
  expect(held).not.toContain(ANN);
  expect(held).toContain("Bob's edit");
});

test("what waits for its message in a chat is erased with the chat, and in no other", async () => {
  await using store = await waiting("chat");

  await store.eraseChat(GROUP);

  const held = await heldBy("chat");
  expect(held).toContain("Ann's edit in her chat");
  expect(held).not.toContain(GROUP);
  expect(held).not.toContain("Bob's edit");
});

test("an edit that waited is in force when its message comes, and leaves nothing behind that waits", async () => {
  await using store = await waiting("comes");
  const key = theirKey("C", GROUP, BOB);
  await receive(store, message(key, "at first", NOW_MS - 9000));

  expect((await store.getMessage(key))?.conversation).toBe("Bob's edit");
  const sets = await redis.client.keys("comes*:[wc]:*");
  const members = await Promise.all(sets.map((set) => redis.client.zRange(set, 0, -1)));
  expect(members.flat().some((member) => member.endsWith("|C"))).toBe(false);
});
