// Defects of the bots and stores that came before, which no other test names.
import { expect, test } from "vitest";
import { everyPart, eventBuffer } from "../support/bound-stores.ts";
import { member, metadata } from "../support/groups.ts";
import { GROUP, LID, NOW_MS, message, textOf, theirKey } from "../support/messages.ts";
import { bindStores } from "@motte/store-kit";

test.each(["notify", "append"] as const)(
  "a message without content does not cost the rest of its batch, of type %s",
  async (type) => {
    await using set = await everyPart();
    const ev = eventBuffer();
    bindStores({ ev }, set.parts, set.bind);
    const empty = { key: theirKey("EMPTY", LID), messageTimestamp: NOW_MS / 1000 };
    const texts = ["A", "B", "C"].map((id) => message(theirKey(id, LID), `text ${id}`));
    const [a, ...rest] = texts;
    if (a === undefined) throw new Error("There is none");
    ev.emit("messages.upsert", { messages: [empty, a, empty, ...rest], type });

    const page = set.parts.messages.page(LID).messages;
    expect(new Set(page.map((one) => textOf(one.message)))).toEqual(
      new Set(["text A", "text B", "text C"]),
    );
    expect(set.parts.chats.get(LID)?.unread).toBe(3);
  },
);

test("several people who are added to a group at once are all in it, one of them there before", async () => {
  await using set = await everyPart();
  const ev = eventBuffer();
  const { groups } = set.parts;
  bindStores({ ev }, set.parts, set.bind);
  ev.emit("groups.upsert", [metadata([member(1), member(2)], { id: GROUP })]);
  ev.emit("group-participants.update", {
    id: GROUP,
    author: member(1).id,
    participants: [member(2), member(3), member(4)],
    action: "add",
  });

  const served = await groups.cachedGroupMetadata(GROUP);
  expect(served?.participants.map(({ id }) => id)).toEqual([1, 2, 3, 4].map((n) => member(n).id));
});
