import { proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
const user = fc.stringMatching(/^[1-9][0-9]{5,14}$/);
const device = fc.nat({ max: 99 });
const address = fc.oneof(
  fc.tuple(user, device).map(([name, id]) => `${name}.${id}`),
  fc.tuple(user, device).map(([name, id]) => `${name}_1.${id}`),
);
const group = user.map((name) => `${name}@g.us`);
const base64 = bytes(32).map((value) => value.toString("base64"));

const session = fc.record({
  _sessions: fc.dictionary(
    base64,
    fc.record({
      registrationId: fc.nat(),
      currentRatchet: fc.record({ rootKey: base64, previousCounter: fc.nat() }),
      _chains: fc.dictionary(
        base64,
        fc.record({ chainKey: fc.record({ counter: fc.nat(), key: base64 }) }),
      ),
    }),
    { maxKeys: 3 },
  ),
  version: fc.constant("v1"),
});

/** For every family of Baileys: its ids, and values in the shape Baileys works with at run time. */
export const families: Readonly<
  Record<string, { readonly id: fc.Arbitrary<string>; readonly value: fc.Arbitrary<unknown> }>
> = {
  "pre-key": {
    id: fc.integer({ min: 1, max: 16_777_215 }).map(String),
    value: fc.record({ public: bytes(32), private: bytes(32) }),
  },
  session: { id: address, value: session },
  "sender-key": {
    id: fc.tuple(group, address).map(([name, sender]) => `${name}::${sender.replace(".", "::")}`),
    value: fc
      .array(
        fc.record({
          senderKeyId: fc.nat(),
          senderChainKey: fc.record({ iteration: fc.nat(), seed: base64 }),
        }),
      )
      .map((states) => Buffer.from(JSON.stringify(states))),
  },
  "sender-key-memory": {
    id: group,
    value: fc.dictionary(fc.string(), fc.boolean(), { noNullPrototype: true }),
  },
  "app-state-sync-key": {
    id: bytes(6).map((value) => value.toString("base64")),
    value: fc
      .record({
        keyData: bytes(32),
        fingerprint: fc.record({
          rawId: fc.nat(),
          currentIndex: fc.nat(),
          deviceIndexes: fc.array(fc.nat({ max: 5 }), { maxLength: 3 }),
        }),
        timestamp: fc.nat(),
      })
      .map((fields) => proto.Message.AppStateSyncKeyData.fromObject(fields)),
  },
  "app-state-sync-version": {
    id: fc.constantFrom(
      "critical_block",
      "critical_unblock_low",
      "regular_high",
      "regular_low",
      "regular",
    ),
    value: fc.record({
      version: fc.nat(),
      hash: bytes(128),
      indexValueMap: fc.dictionary(base64, fc.record({ valueMac: bytes(32) }), {
        noNullPrototype: true,
      }),
    }),
  },
  "lid-mapping": {
    id: fc.oneof(
      user,
      user.map((name) => `${name}_reverse`),
    ),
    value: user,
  },
  "device-list": { id: user, value: fc.array(device.map(String)) },
  tctoken: {
    id: fc.oneof(
      user.map((name) => `${name}@lid`),
      fc.constant("__index"),
    ),
    value: fc.record(
      {
        token: fc.uint8Array({ minLength: 1 }).map((array) => Buffer.from(array)),
        timestamp: fc.nat().map(String),
        senderTimestamp: fc.nat(),
      },
      { requiredKeys: ["token"] },
    ),
  },
  "identity-key": { id: address, value: bytes(33) },
  // Not Baileys': other libraries park families of their own in the same store.
  "bridge-state": {
    id: fc.string(),
    value: fc
      .anything({
        withNullPrototype: false,
        values: [
          fc.string(),
          fc.integer(),
          fc.boolean(),
          fc.constant(null),
          bytes(3),
          fc.constant("Buffer"),
          fc.constant(true),
        ],
        key: fc.oneof(
          fc.constantFrom("type", "data", "buffer", "value", "0", "1", "__proto__"),
          fc.string(),
        ),
      })
      .filter(Boolean),
  },
};
