import { type WAMessageKey, proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openSqlite } from "@motte/core/sqlite";
import { ownKey } from "./support/messages.ts";
import { openStore } from "./support/open-store.ts";

const bytes = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: "binary", maxLength: 20 });
const content: fc.Arbitrary<proto.IMessage> = fc
  .tuple(
    fc.oneof(
      fc.record({ conversation: fc.string({ minLength: 1 }) }),
      fc.record({
        extendedTextMessage: fc.record({
          text,
          font: fc.constantFrom(0, 1, 6),
          jpegThumbnail: bytes,
        }),
      }),
      fc.record({
        imageMessage: fc.record({
          mediaKey: bytes,
          fileSha256: bytes,
          // Past what a number holds: it must stay a Long.
          fileLength: fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
          caption: text,
        }),
      }),
      fc.record({
        pollCreationMessage: fc.record({
          name: text,
          options: fc.array(fc.record({ optionName: text })),
        }),
      }),
      fc.record({
        ephemeralMessage: fc.record({ message: fc.record({ conversation: text }) }),
      }),
    ),
    fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
  )
  .map(([message, messageSecret]) =>
    proto.Message.fromObject({
      ...message,
      ...(messageSecret && { messageContextInfo: { messageSecret } }),
    }),
  );
const extras: fc.Arbitrary<Partial<WAMessageKey>> = fc.record(
  {
    remoteJidAlt: fc.constantFrom("888@lid", "888:3@hosted.lid"),
    participant: text,
    participantAlt: text,
    addressingMode: fc.constantFrom("pn", "lid"),
    server_id: text,
  },
  { requiredKeys: [] },
);
const encode = (message: proto.IMessage): Buffer =>
  Buffer.from(proto.Message.encode(message).finish());

test("every message comes back as the same bytes, and its key with all it carried", async () => {
  await using opened = await openStore();
  let count = 0;
  fc.assert(
    fc.property(content, extras, (message, extra) => {
      const key = ownKey(`${count++}`, undefined, extra);
      opened.store.recordSent({ key, message });

      const stored = opened.store.load(key);

      expect(encode(stored?.message ?? {})).toEqual(encode(message));
      expect(stored?.message.messageContextInfo?.messageSecret?.length).toBe(
        message.messageContextInfo?.messageSecret?.length,
      );
      expect(stored?.key).toEqual(key);
    }),
  );
  expect(opened.errors).toEqual([]);
});

test("a body with any bytes cut off or changed answers undefined", async () => {
  const database = await openSqlite(":memory:");
  await using opened = await openStore({ database });
  const write = database.prepare("UPDATE message SET body = ? WHERE id = ?");
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      content,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      async (message, at, flip, cut) => {
        const key = ownKey(`${count++}`);
        opened.store.recordSent({ key, message });
        const body = database.prepare("SELECT body FROM message WHERE id = ?").get(key.id ?? "")?.[
          "body"
        ];
        if (!(body instanceof Uint8Array)) throw new Error("nothing was stored");
        const damaged = Uint8Array.from(cut ? body.subarray(0, at % body.length) : body);
        const spot = at % body.length;
        if (!cut) damaged[spot] = (damaged[spot] ?? 0) ^ flip;
        write.run(damaged, key.id ?? "");

        expect(await opened.store.getMessage(key)).toBeUndefined();
      },
    ),
  );
  expect(new Set(opened.errors)).toEqual(new Set(["STORE_KIT_BODY_UNREADABLE"]));
  database.close();
});
