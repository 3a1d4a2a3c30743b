import type { KVSuiteGroup } from "./runner.ts";
import { set, texts } from "./texts.ts";

// Only the wall is moved on, and no timer fires: a KV that sweeps by itself must not hide that it reads what has ended.
const HOUR_MS = 3_600_000;

/** An entry ends at its moment, wherever it was copied to and whatever is swept when. */
export const expiry: KVSuiteGroup = ({ test, deepEqual }, withKV) => {
  test(
    "an entry is there until its last millisecond, and tells when it ends",
    withKV(async (kv, clock) => {
      const expiresAtMs = clock.now() + HOUR_MS;
      await kv.write([{ key: "a", value: Buffer.from("one"), expiresAtMs }]);
      await set(kv, { b: "two" });

      clock.jumpWall(HOUR_MS - 1);
      const found = await kv.getMany(["a", "b"]);
      deepEqual(
        [found.get("a")?.expiresAtMs, found.get("b")?.expiresAtMs],
        [expiresAtMs, undefined],
      );
      clock.jumpWall(1);
      deepEqual(await texts(kv, ["a", "b"]), [undefined, "two"]);
    }),
  );

  test(
    "what has already ended when it is written is not there, and what was there is gone",
    withKV(async (kv, clock) => {
      await set(kv, { a: "old", b: "old" });
      const value = Buffer.from("too late");
      await kv.write([
        { key: "a", value, expiresAtMs: clock.now() },
        { key: "b", value, expiresAtMs: clock.now() - HOUR_MS },
      ]);

      deepEqual(await texts(kv, ["a", "b"]), [undefined, undefined]);
    }),
  );

  test(
    "a new value has its own end and not that of the old",
    withKV(async (kv, clock) => {
      const value = Buffer.from("value");
      const soon = clock.now() + HOUR_MS;
      await kv.write([
        { key: "longer", value, expiresAtMs: soon },
        { key: "for ever", value, expiresAtMs: soon },
        { key: "shorter", value },
      ]);
      await kv.write([
        { key: "longer", value, expiresAtMs: soon + HOUR_MS },
        { key: "for ever", value },
        { key: "shorter", value, expiresAtMs: soon },
      ]);

      clock.jumpWall(HOUR_MS);
      deepEqual(await texts(kv, ["longer", "for ever", "shorter"]), ["value", "value", undefined]);
    }),
  );

  test(
    "an end further away than a timer can count is no trouble",
    withKV(async (kv, clock) => {
      const years = 20 * 365 * 24 * HOUR_MS;
      await kv.write([{ key: "a", value: Buffer.from("a"), expiresAtMs: clock.now() + years }]);

      clock.jumpWall(2 ** 32);
      deepEqual(await texts(kv, ["a"]), ["a"]);
    }),
  );

  test(
    "a sweep frees what has expired, keeps to its budget, and touches nothing else",
    withKV(async (kv, clock) => {
      if (kv.sweep === undefined) return;
      const expiresAtMs = clock.now() + HOUR_MS;
      const expiring = ["1", "2", "3"].map((key) => ({
        key,
        value: Buffer.from(key),
        expiresAtMs,
      }));
      await kv.write(expiring);
      await kv.namespace("other").write(expiring);
      await kv.write([
        { key: "live", value: Buffer.from("live"), expiresAtMs: expiresAtMs + HOUR_MS },
        { key: "for ever", value: Buffer.from("for ever") },
      ]);

      deepEqual(await kv.sweep(), { deleted: 0, more: false });
      clock.jumpWall(HOUR_MS);
      deepEqual(await kv.sweep({ maxRows: 4 }), { deleted: 4, more: true });
      deepEqual(await kv.sweep(), { deleted: 2, more: false });
      deepEqual(await texts(kv, ["live", "for ever", "1"]), ["live", "for ever", undefined]);
    }),
  );
};
