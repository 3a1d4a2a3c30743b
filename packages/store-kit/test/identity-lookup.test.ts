import * as fc from "fast-check";
import {
  type SignalDataTypeMap,
  type SignalKeyStore,
  addTransactionCapability,
} from "@whiskeysockets/baileys";
import { LIDMappingStore } from "@whiskeysockets/baileys/lib/Signal/lid-mapping.js";
import { silentLogger } from "@motte/core/logger";
import { describe, expect, test } from "vitest";
import { openIdentities as open } from "./support/open-identities.ts";

const LID = "1001@lid";
const PN = "491@s.whatsapp.net";

/** The key store of Baileys' own in-memory kind, counting what is read. */
function authKeys(records: Record<string, string> = {}): {
  readonly keys: SignalKeyStore;
  readonly reads: string[][];
} {
  const stored = new Map(Object.entries(records));
  const reads: string[][] = [];
  const keys: SignalKeyStore = {
    get: async <T extends keyof SignalDataTypeMap>(_type: T, names: string[]) => {
      reads.push(names);
      const found: Record<string, SignalDataTypeMap[T]> = {};
      for (const name of names) {
        const value = stored.get(name);
        if (value !== undefined) found[name] = value as SignalDataTypeMap[T];
      }
      return found;
    },
    set: async (data) => {
      for (const [name, value] of Object.entries(data["lid-mapping"] ?? {})) {
        if (typeof value === "string") stored.set(name, value);
      }
    },
  };
  return { keys, reads };
}

function mappingStore(keys: SignalKeyStore): LIDMappingStore {
  const transactional = addTransactionCapability(keys, silentLogger, {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 1,
  });
  return new LIDMappingStore(transactional, silentLogger);
}

describe("the auth state", () => {
  test("answers what no event told: what Baileys stored in it", async () => {
    const { keys } = authKeys();
    const baileys = mappingStore(keys);
    await baileys.storeLIDPNMappings([{ lid: LID, pn: PN }]);
    baileys.close();
    const { ids } = open();
    ids.lookUpIn({ keys });
    expect(await ids.resolve("1001:4@lid", { want: "pn" })).toBe(PN);
    expect(ids.lidOf(PN)).toBe(LID);
    expect(await ids.resolve(PN, { want: "pn" })).toBe(PN);
  });

  test("is not believed where its two directions disagree: a number that moved leaves its old LID behind", async () => {
    const { keys } = authKeys();
    const baileys = mappingStore(keys);
    await baileys.storeLIDPNMappings([{ lid: LID, pn: PN }]);
    await baileys.storeLIDPNMappings([{ lid: "2002@lid", pn: PN }]);
    expect(await baileys.getPNForLID(LID)).toBe("491:0@s.whatsapp.net");
    baileys.close();
    const { ids } = open();
    ids.lookUpIn({ keys });
    expect(await ids.resolve(LID, { want: "pn" })).toBeUndefined();
    expect(await ids.resolve(PN, { want: "lid" })).toBe("2002@lid");
  });

  test("never outweighs a dated word", async () => {
    const { keys } = authKeys({ "491": "1001", "1001_reverse": "491" });
    const { ids } = open();
    ids.learn({ lid: "2002@lid", pn: PN, atMs: 1, source: "receipt" });
    ids.lookUpIn({ keys });
    expect(await ids.resolve(LID, { want: "pn" })).toBeUndefined();
    expect(ids.lidOf(PN)).toBe("2002@lid");
  });

  test("is read once for many, once for several who ask together, and not again for ten minutes", async () => {
    const { keys, reads } = authKeys({ "491": "1001", "1001_reverse": "491" });
    const { ids, clock } = open();
    ids.lookUpIn({ keys });
    const jids = ["491@c.us", "492@s.whatsapp.net", "493@s.whatsapp.net"];
    const [one, other] = await Promise.all([
      ids.resolveMany(jids, { want: "lid" }),
      ids.resolveMany(jids, { want: "lid" }),
    ]);
    expect([...one]).toEqual([["491@c.us", LID]]);
    expect(other).toEqual(one);
    expect(reads).toEqual([["491", "492", "493"], ["1001_reverse"]]);
    await ids.resolveMany(jids, { want: "lid" });
    expect(reads).toHaveLength(2);
    await clock.advance(600_000);
    await ids.resolveMany(jids, { want: "lid" });
    expect(reads).toHaveLength(3);
  });

  test("that cannot be read rejects, and is asked again", async () => {
    const { ids } = open();
    const { keys } = authKeys({ "491": "1001", "1001_reverse": "491" });
    let fail = true;
    const flaky: SignalKeyStore["get"] = (...args) =>
      fail ? Promise.reject(new Error("disk")) : keys.get(...args);
    ids.lookUpIn({ keys: { get: flaky } });
    await expect(ids.resolve(PN, { want: "lid" })).rejects.toThrow("disk");
    fail = false;
    expect(await ids.resolve(PN, { want: "lid" })).toBe(LID);
  });

  test("is followed by a question to WhatsApp only when asked for", async () => {
    const asked: string[] = [];
    const lidMapping = {
      getLIDForPN: async (pn: string) => {
        asked.push(pn);
        return "1001@lid";
      },
    };
    const { ids } = open();
    ids.lookUpIn({ keys: authKeys().keys, lidMapping });
    expect(await ids.resolve(PN, { want: "lid" })).toBeUndefined();
    expect(asked).toEqual([]);
    expect(await ids.resolve(PN, { want: "lid", network: true })).toBe(LID);
    expect(asked).toEqual([PN]);
    expect(ids.history(PN)[0]?.source).toBe("usync");
  });

  test("agrees with us as long as nobody contradicts anybody", async () => {
    const users = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(users, async (numbers) => {
        const { keys } = authKeys();
        const baileys = mappingStore(keys);
        const { ids } = open();
        for (const n of numbers) {
          const pair = { lid: `${n}@lid`, pn: `49${n}@s.whatsapp.net` };
          await baileys.storeLIDPNMappings([pair]);
          ids.ingest({ "lid-mapping.update": pair });
        }
        for (let n = 1; n <= 9; n++) {
          const theirs = await baileys.getPNForLID(`${n}@lid`);
          expect(ids.pnOf(`${n}@lid`)).toBe(theirs?.replace(":0@", "@"));
          const lid = await baileys.getLIDForPN(`49${n}@s.whatsapp.net`);
          expect(ids.lidOf(`49${n}@s.whatsapp.net`)).toBe(lid ?? undefined);
        }
        baileys.close();
      }),
      { numRuns: 25 },
    );
  });
});
