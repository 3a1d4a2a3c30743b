import type { KVSuiteGroup } from "./runner.ts";
import { remove, set, texts } from "./texts.ts";

const ODD_KEYS = [
  "",
  "__proto__",
  "constructor",
  "5511912345678:12@s.whatsapp.net",
  "image:https://media.example/x?y=1",
  "image:https://media.example/x?y=2",
  "a/b",
  "a:b",
  "../a",
  "{a}",
  "%7ba}",
  "aBc",
  "abc",
  "zero\0and more",
  "zero",
  "ключ 🔑",
  "x'; DROP TABLE kv; --",
  "a*",
  "a%",
  "x".repeat(200),
];

/** Bytes in, the same bytes out, whatever the keys look like. */
export const entries: KVSuiteGroup = ({ test, deepEqual }, withKV) => {
  test(
    "what was set is found, what was not is left out, and a key may be asked for twice",
    withKV(async (kv) => {
      await set(kv, { a: "one", b: "two" });

      deepEqual(await texts(kv, ["b", "never set", "a", "b"]), ["two", undefined, "one", "two"]);
      deepEqual([...(await kv.getMany(["a", "never set", "a"])).keys()], ["a"]);
    }),
  );

  test(
    "reading nothing and writing nothing are no errors",
    withKV(async (kv) => {
      await kv.write([]);
      deepEqual((await kv.getMany([])).size, 0);
    }),
  );

  test(
    "every byte, no bytes and a million bytes come back as they were",
    withKV(async (kv) => {
      const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const large = Buffer.alloc(1_000_000, 0xa7);
      await kv.write([
        { key: "all", value: all },
        { key: "none", value: new Uint8Array() },
        { key: "large", value: large },
      ]);

      const found = await kv.getMany(["all", "none", "large"]);
      deepEqual([...(found.get("all")?.value ?? [])], [...all]);
      deepEqual(found.get("none")?.value.byteLength, 0);
      deepEqual(large.equals(found.get("large")?.value ?? new Uint8Array()), true);
    }),
  );

  test(
    "keys are any text, told apart by every character and its case",
    withKV(async (kv) => {
      await kv.write(ODD_KEYS.map((key, index) => ({ key, value: Buffer.from(`value ${index}`) })));

      const expected = ODD_KEYS.map((_, index) => `value ${index}`);
      deepEqual(await texts(kv, ODD_KEYS), expected);
      await remove(kv, ...ODD_KEYS.slice(1));
      deepEqual(
        await texts(kv, ODD_KEYS),
        expected.map((value, index) => (index === 0 ? value : undefined)),
      );
    }),
  );

  test(
    "a value is replaced and deleted, and deleting what is not there is no error",
    withKV(async (kv) => {
      await set(kv, { a: "old", b: "kept" });
      await set(kv, { a: "new" });
      deepEqual(await texts(kv, ["a"]), ["new"]);

      await remove(kv, "a", "never set");
      deepEqual(await texts(kv, ["a", "b"]), [undefined, "kept"]);
    }),
  );

  test(
    "of two changes of one key in one write the later wins",
    withKV(async (kv) => {
      const [first, second] = [Buffer.from("first"), Buffer.from("second")];
      await kv.write([
        { key: "a", value: first },
        { key: "b", value: first },
        { key: "c", value: undefined },
        { key: "a", value: second },
        { key: "b", value: undefined },
        { key: "c", value: second },
      ]);

      deepEqual(await texts(kv, ["a", "b", "c"]), ["second", undefined, "second"]);
    }),
  );

  test(
    "thousands of entries are written and read at once",
    withKV(async (kv) => {
      const keys = Array.from({ length: 3000 }, (_, index) => `${index}`);
      await kv.write(keys.map((key) => ({ key, value: Buffer.from(key) })));

      deepEqual(await texts(kv, keys), keys);
    }),
  );

  test(
    "what is handed in or out may be changed afterwards",
    withKV(async (kv) => {
      const value = Buffer.from("before");
      await kv.write([{ key: "a", value }]);
      value.fill(0);
      const found = await kv.getMany(["a"]);
      deepEqual(Buffer.from(found.get("a")?.value ?? []).toString(), "before");
      found.get("a")?.value.fill(0);

      deepEqual(await texts(kv, ["a"]), ["before"]);
    }),
  );

  test(
    "writes that nobody waits for take effect in the order they were made",
    withKV(async (kv) => {
      const numbers = Array.from({ length: 20 }, (_, index) => `${index}`);
      const writes = numbers.map((number) => set(kv, { a: number, [`of ${number}`]: number }));
      writes.push(remove(kv, "of 3"));
      await Promise.all(writes);

      deepEqual(await texts(kv, ["a", "of 3", "of 4"]), ["19", undefined, "4"]);
    }),
  );
};
