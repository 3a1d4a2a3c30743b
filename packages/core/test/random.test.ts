import * as fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom, systemRandom } from "@motte/core/random";

test("a seed gives the same bytes on every machine", () => {
  // SHA-256 of the seed, a zero byte and the block number: anyone can compute it.
  expect(seededRandom("motte").bytes(8).toString("hex")).toBe("52198755f300ec60");
});

test("bytes come from one stream, however they are asked for", () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.nat(70), { maxLength: 6 }), (seed, lengths) => {
      const random = seededRandom(seed);
      const drawn = Buffer.concat(lengths.map((length) => random.bytes(length)));
      expect(drawn.equals(seededRandom(seed).bytes(drawn.length))).toBe(true);
    }),
  );
});

test("a number is the next six bytes of that stream, wherever it stands", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(70)), { maxLength: 20 }), (lengths) => {
      const random = seededRandom("numbers");
      const all = seededRandom("numbers").bytes(70 * 20);
      let at = 0;
      for (const length of lengths) {
        const drawn = length === null ? random.next() * 2 ** 48 : random.bytes(length);
        const next = all.subarray(at, at + (length ?? 6));
        expect(drawn).toEqual(length === null ? next.readUIntBE(0, 6) : next);
        at += next.length;
      }
    }),
  );
});

test("numbers fill the unit interval and differ between seeds and forks", () => {
  const numbers = Array.from({ length: 2_000 }, seededRandom(1).next);
  expect(numbers.reduce((sum, value) => sum + value) / numbers.length).toBeCloseTo(0.5, 1);
  expect(seededRandom(1).next()).not.toBe(seededRandom(2).next());
  expect(seededRandom(1).fork("a").next()).not.toBe(seededRandom(1).fork("b").next());
  expect(seededRandom(1).fork("a").next()).not.toBe(seededRandom(1).next());
});

test("a fork does not depend on what its parent has given out", () => {
  const used = seededRandom("s");
  used.bytes(100);
  expect(used.fork("child").next()).toBe(seededRandom("s").fork("child").next());
});

test("system randomness stays in range", () => {
  expect(systemRandom.bytes(16)).toHaveLength(16);
  const value = systemRandom.next();
  expect(value >= 0 && value < 1).toBe(true);
});
