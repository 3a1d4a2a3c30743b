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
