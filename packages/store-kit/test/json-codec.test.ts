import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bytesCodec, jsonCodec, memoryKV, seconds, typed } from "@motte/store-kit";
import { ManualClock } from "@motte/core/manual-clock";

const codec = jsonCodec<unknown>();
const roundTrip = (value: unknown): unknown => codec.decode(codec.encode(value));

// `$` is what the codec marks its own with.
const keys = fc.oneof(fc.constantFrom("$", "$$", "__proto__", "constructor"), fc.string());
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .array(fc.tuple(keys, tie("value")), { maxLength: 4 })
      .map((pairs) => Object.fromEntries(pairs)),
  ),
}));

test("whatever can be encoded comes back equal, bytes and dates and odd numbers included", () => {
  fc.assert(
    fc.property(anything, (value) => {
      expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("bytes survive wherever they stand, as plain JSON would not let them", () => {
  const secret = new Uint8Array([0, 255, 128]);

  expect(roundTrip({ messageContextInfo: { messageSecret: secret } })).toEqual({
    messageContextInfo: { messageSecret: Buffer.from(secret) },
  });
  expect(String(roundTrip(new Date(Number.NaN)))).toBe("Invalid Date");
  expect(roundTrip([undefined, { a: undefined }])).toStrictEqual([undefined, {}]);
});

test.each([
  ["an instance of a class", { at: new Map() }],
  ["a function", [() => 1]],
  ["a symbol", { s: Symbol("s") }],
])("%s is refused rather than turned into something else", (_what, value) => {
  expect(() => codec.encode(value)).toThrow(TypeError);
});

test("a value that holds itself is refused, one that is held twice is not", () => {
  const knot: unknown[] = [];
  knot.push(knot);
  const shared = { a: 1 };

  expect(() => codec.encode(knot)).toThrow(TypeError);
  expect(roundTrip([shared, shared])).toEqual([shared, shared]);
});

test("a typed KV gives values back until their life is over, and refuses what another codec wrote", async () => {
  const clock = new ManualClock(1000);
  const kv = memoryKV({ clock });
  const texts = typed<string>(kv, { codec: jsonCodec(), ttl: seconds(1), clock });
  const bytes = typed(kv, { codec: bytesCodec, clock });

  await texts.set("a", "one");
  await texts.setMany([["b", "two"]], { ttl: seconds(2) });
  await expect(bytes.get("a")).rejects.toMatchObject({ code: "STORE_KIT_BODY_UNREADABLE" });
  expect(await texts.getMany(["a", "b", "c"])).toEqual(
    new Map([
      ["a", "one"],
      ["b", "two"],
    ]),
  );

  await clock.advance(1000);
  expect([await texts.get("a"), await texts.get("b")]).toEqual([undefined, "two"]);
  await texts.deleteMany(["b"]);
  expect(await texts.get("b")).toBeUndefined();
});
