import { seededRandom } from "@motte/core/random";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { pad, unpad } from "../src/phone/padding.ts";
import { SignalPeer } from "../src/phone/signal-peer.ts";

const here = { lidUser: "1", device: 0 };
const there = { lidUser: "2", device: 3 };

describe("a Signal peer", () => {
  test("reads every message of another once, in any mix of directions, orders and new sessions", async () => {
    const step = fc.record({
      from: fc.constantFrom("a" as const, "b" as const),
      renew: fc.boolean(),
      late: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const peers = {
          a: new SignalPeer(seededRandom("a")),
          b: new SignalPeer(seededRandom("b")),
        };
        const address = { a: here, b: there };
        const read: string[] = [];
        const held: (() => Promise<void>)[] = [];
        for (const [index, { from, renew, late }] of steps.entries()) {
          const to = from === "a" ? "b" : "a";
          if (renew || !(await peers[from].hasSession(address[to]))) {
            await peers[from].startSession(address[to], peers[to].nextBundle());
          }
          const sent = await peers[from].encrypt(address[to], Buffer.from(`${index}`));
          const deliver = async (): Promise<void> => {
            read.push((await peers[to].decrypt(address[from], sent)).toString());
            await expect(peers[to].decrypt(address[from], sent)).rejects.toThrow(
              /None of|used already/,
            );
          };
          if (late) held.push(deliver);
          else await deliver();
        }
        for (const deliver of held) await deliver();

        expect(read.map(Number).toSorted((x, y) => x - y)).toEqual(steps.map((_, index) => index));
      }),
      { numRuns: 25 },
    );
  });

  test("says nothing on the console, not when sessions are replaced nor when nothing can be read", async () => {
    const spies = (["log", "info", "warn", "error"] as const).map((method) =>
      vi.spyOn(console, method),
    );
    const [ana, ben] = [new SignalPeer(seededRandom("a")), new SignalPeer(seededRandom("b"))];
    for (let session = 0; session < 45; session++) {
      await ana.startSession(there, ben.nextBundle());
      await ben.decrypt(here, await ana.encrypt(there, Buffer.from("x")));
    }
    await ana.decrypt(there, await ben.encrypt(here, Buffer.from("y")));
    const old = await ana.encrypt(there, Buffer.from("old"));
    await ana.startSession(there, ben.nextBundle());
    await ben.decrypt(here, await ana.encrypt(there, Buffer.from("new")));

    expect((await ben.decrypt(here, old)).toString()).toBe("old");
    await expect(ben.decrypt(here, old)).rejects.toThrow("None of");
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });

  test("reads at once where there is a session, and no forged message moves that on", async () => {
    const [ana, ben] = [new SignalPeer(seededRandom("a")), new SignalPeer(seededRandom("b"))];
    await ana.startSession(there, ben.nextBundle());
    const first = await ana.encrypt(there, Buffer.from("first"));
    expect(first.kind).toBe("pkmsg");
    expect(ben.readsAtOnce(here, first)).toBe(false);
    await ben.decrypt(here, first);

    const second = await ana.encrypt(there, Buffer.from("second"));
    const forged = { ...second, bytes: Buffer.from(second.bytes) };
    forged.bytes.writeUInt8(
      forged.bytes.readUInt8(forged.bytes.length - 20) ^ 1,
      forged.bytes.length - 20,
    );
    const third = await ana.encrypt(there, Buffer.from("third"));
    expect(() => ben.decryptAtOnce(here, forged)).toThrow("None of 1");
    for (const message of [third, second]) expect(ben.readsAtOnce(here, message)).toBe(true);
    expect(ben.decryptAtOnce(here, third).toString()).toBe("third");
    expect(ben.decryptAtOnce(here, second).toString()).toBe("second");
    expect(() => ben.decryptAtOnce(here, second)).toThrow("None of 1");

    const writing = ben.encrypt(here, Buffer.from("back"));
    expect(ben.readsAtOnce(here, third)).toBe(false);
    await ana.decrypt(there, await writing);
    const fourth = await ana.encrypt(there, Buffer.from("fourth"));
    expect(fourth.kind).toBe("msg");
    expect(ben.decryptAtOnce(here, fourth).toString()).toBe("fourth");
  });

  test("has the same keys under the same seed", () => {
    const [one, two] = [new SignalPeer(seededRandom("s")), new SignalPeer(seededRandom("s"))];

    expect(one.nextBundle()).toEqual(two.nextBundle());
    expect(one.nextBundle().preKey).not.toEqual(one.nextBundle().preKey);
    expect(new SignalPeer(seededRandom("t")).identity).not.toEqual(one.identity);
  });
});

describe("padding", () => {
  test("comes off again, and is from 1 to 16 bytes long", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.string(), (bytes, seed) => {
        const padded = pad(bytes, seededRandom(seed));

        expect(padded.length - bytes.length).toBeGreaterThanOrEqual(1);
        expect(padded.length - bytes.length).toBeLessThanOrEqual(16);
        expect([...unpad(padded)]).toEqual([...bytes]);
      }),
    );
  });

  test.each([[], [0], [1, 17], [1, 3, 3], [2]].map((bytes) => [bytes]))("%j has none", (bytes) => {
    expect(() => unpad(Buffer.from(bytes))).toThrow("not padded");
  });
});
