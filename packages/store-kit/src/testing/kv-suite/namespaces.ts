import type { KVSuiteGroup } from "./runner.ts";
import { remove, set, texts } from "./texts.ts";

// Paths that any joining of their parts by hand would make one.
const PATHS = [
  [],
  ["a"],
  ["a", "b"],
  ["a:b"],
  ["a/b"],
  ['a","b'],
  [""],
  ["", ""],
  ["{a}"],
  ["%7ba%7d"],
  ["A"],
];

/** Namespaces are apart, and clearing one clears it and no other. */
export const namespaces: KVSuiteGroup = ({ test, deepEqual }, withKV) => {
  test(
    "namespaces never see each other, whatever their names",
    withKV(async (kv) => {
      const parts = PATHS.map((path) => path.reduce((part, name) => part.namespace(name), kv));
      for (const [index, part] of parts.entries()) {
        await set(part, { key: `value ${index}` });
      }

      for (const [index, part] of parts.entries()) {
        deepEqual(await texts(part, ["key"]), [`value ${index}`]);
      }
      await remove(parts[2] ?? kv, "key");
      deepEqual(await texts(parts[3] ?? kv, ["key"]), ["value 3"]);
    }),
  );

  test(
    "the same name gives the same entries",
    withKV(async (kv) => {
      await set(kv.namespace("a").namespace("b"), { key: "value" });

      deepEqual(await texts(kv.namespace("a").namespace("b"), ["key"]), ["value"]);
    }),
  );

  test(
    "clear empties its namespace, and neither those around it nor those in it",
    withKV(async (kv) => {
      const [part, inner, other] = [kv.namespace("a"), kv.namespace("a").namespace("b"), kv];
      for (const each of [part, inner, other]) {
        await set(each, { one: "1", two: "2" });
      }

      await part.clear();
      deepEqual(await texts(part, ["one", "two"]), [undefined, undefined]);
      deepEqual(await texts(inner, ["one"]), ["1"]);
      deepEqual(await texts(other, ["two"]), ["2"]);
    }),
  );

  test(
    "what is written after a clear is there, though nobody waited for the clear",
    withKV(async (kv) => {
      await set(kv, { before: "1", both: "1" });
      const cleared = kv.clear();
      const written = set(kv, { both: "2", after: "2" });
      await Promise.all([cleared, written]);

      deepEqual(await texts(kv, ["before", "both", "after"]), [undefined, "2", "2"]);
      await kv.clear();
      deepEqual(await texts(kv, ["both", "after"]), [undefined, undefined]);
    }),
  );
};
