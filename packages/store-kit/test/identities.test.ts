import * as fc from "fast-check";
import { ManualClock } from "@motte/core/manual-clock";
import { describe, expect, test } from "vitest";
import {
  type Identities,
  type IdentityChange,
  type IdentityFact,
  createIdentities,
} from "@motte/store-kit";
import { tablesKinds } from "./support/tables.ts";

const NOW_MS = Date.UTC(2026, 0, 10);
const ME = { id: "4910:7@s.whatsapp.net", lid: "777:7@lid" };
const [L1, L2, L3] = ["1001@lid", "1002@lid", "1003@lid"] as const;
const [P1, P2, P3] = ["491@s.whatsapp.net", "492@s.whatsapp.net", "493@s.whatsapp.net"] as const;
const LIDS = [L1, L2, L3];
const PNS = [P1, P2, P3];

const fact = fc.record({
  lid: fc.constantFrom(...LIDS),
  pn: fc.constantFrom(...PNS),
  atMs: fc.integer({ min: 0, max: 6 }),
  source: fc.constantFrom("usync" as const, "stanza" as const, "history" as const),
});
const facts = fc.array(fact, { maxLength: 12 });
const shuffledTwice = facts.chain((all) =>
  fc.tuple(
    fc.constant(all),
    fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
  ),
);

function spellings(user: string, servers: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom("", "_1", ":0", ":12", "_1:99"), fc.constantFrom(...servers))
    .map(([suffix, server]) => `${user}${suffix}@${server}`);
}

function identities(all: readonly IdentityFact[] = []): Identities {
  const made = createIdentities({ clock: new ManualClock(NOW_MS) });
  made.learnMany(all);
  return made;
}

function answers(ids: Identities): object {
  return {
    lids: PNS.map((pn) => ids.lidOf(pn)),
    pns: LIDS.map((lid) => ids.pnOf(lid)),
    history: [...PNS, ...LIDS].map((jid) => ids.history(jid)),
  };
}

describe("what is learned", () => {
  test("does not depend on the order or the number of times", () => {
    fc.assert(
      fc.property(shuffledTwice, ([one, other]) => {
        expect(answers(identities([...other, ...one]))).toEqual(answers(identities(one)));
      }),
      { numRuns: 150 },
    );
  });

  test("ties each LID to one PN and each PN to one LID, in both directions", () => {
    fc.assert(
      fc.property(facts, (all) => {
        const ids = identities(all);
        const there = PNS.map((pn) => `${ids.lidOf(pn)} ${pn}`).filter((one) =>
          one.includes("@lid"),
        );
        const back = LIDS.map((lid) => `${lid} ${ids.pnOf(lid)}`);
        expect(new Set(back.filter((one) => one.includes("@s.")))).toEqual(new Set(there));
        expect(new Set(there.map((one) => one.split(" ")[0])).size).toBe(there.length);
      }),
      { numRuns: 150 },
    );
  });

  test("answers the newest word about both ends, and nothing where they disagree", () => {
    const dated = facts.map((all) => all.map((one, atMs) => ({ ...one, atMs })));
    fc.assert(
      fc.property(dated, (all) => {
        const ids = identities(all);
        const expected = PNS.map((pn) => {
          const ofPn = all.findLast((one) => one.pn === pn);
          const ofLid = all.findLast((one) => one.lid === ofPn?.lid);
          return ofLid?.pn === pn ? ofPn?.lid : undefined;
        });
        expect(PNS.map((pn) => ids.lidOf(pn))).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  test("is the same in one store as in two that tell each other their facts", () => {
    fc.assert(
      fc.property(facts, facts, (one, other) => {
        const merged = identities(one);
        merged.learnMany(identities(other).facts());
        expect(answers(merged)).toEqual(answers(identities([...one, ...other])));
      }),
      { numRuns: 100 },
    );
  });

  test("is the same for every spelling of a JID", () => {
    const lid = spellings("1001", ["lid", "hosted.lid"]);
    const pn = spellings("491", ["s.whatsapp.net", "c.us", "hosted"]);
    fc.assert(
      fc.property(lid, pn, fc.boolean(), (oneLid, onePn, swapped) => {
        const ids = identities();
        const pair = swapped ? { lid: onePn, pn: oneLid } : { lid: oneLid, pn: onePn };
        expect(ids.learn({ ...pair, atMs: 1, source: "stanza" })).toBe("new");
        expect([ids.lidOf(onePn), ids.pnOf(oneLid)]).toEqual([L1, P1]);
        expect([ids.lidOf(oneLid), ids.pnOf(onePn)]).toEqual([L1, P1]);
        expect(ids.same(oneLid, onePn)).toBe(true);
        expect(ids.entity(onePn)).toBe(ids.entity(oneLid));
      }),
    );
  });

  test.each([
    ["two LIDs", L1, L2],
    ["two PNs", P1, P2],
    ["a group", L1, "120363@g.us"],
    ["WhatsApp's own voice", L1, "0@c.us"],
    ["a bot", L1, "867@bot"],
    ["a name for a number", L1, "peter@s.whatsapp.net"],
    ["nothing", L1, ""],
  ])("is not a pair with %s", (_what, lid, pn) => {
    const ids = identities();
    expect(ids.learn({ lid, pn, atMs: 1, source: "stanza" })).toBe("rejected");
    expect([...ids.facts()]).toEqual([]);
  });

  test("cannot come from the future and hold for ever", () => {
    const ids = identities();
    ids.learn({ lid: L1, pn: P1, atMs: Number.MAX_SAFE_INTEGER, source: "stanza" });
    ids.learn({ lid: L2, pn: P1, atMs: NOW_MS + 86_400_000, source: "usync" });
    expect(ids.lidOf(P1)).toBe(L2);
    expect(ids.learn({ lid: L1, pn: P1, atMs: Number.NaN, source: "usync" })).toBe("rejected");
  });
});

describe("a number", () => {
  test("that moves to another LID is not frozen at the first: the old LID is left without one", () => {
    const ids = identities();
    expect(ids.learn({ lid: L1, pn: P1, atMs: 1, source: "stanza" })).toBe("new");
    expect(ids.learn({ lid: L1, pn: P1, atMs: 2, source: "stanza" })).toBe("refreshed");
    expect(ids.learn({ lid: L2, pn: P1, atMs: 3, source: "stanza" })).toBe("rebound");
    expect(ids.learn({ lid: L1, pn: P1, atMs: 2, source: "stanza" })).toBe("stale");
    expect([ids.lidOf(P1), ids.pnOf(L1), ids.pnOf(L2)]).toEqual([L2, undefined, P1]);
    expect(ids.history(P1)).toEqual([
      { lid: L2, pn: P1, firstAtMs: 3, lastAtMs: 3, source: "stanza", active: true },
      { lid: L1, pn: P1, firstAtMs: 1, lastAtMs: 2, source: "stanza", active: false },
    ]);
  });

  test("that was handed on never makes one person of two", () => {
    const ids = identities();
    const changes: IdentityChange[] = [];
    ids.onChange((change) => changes.push(change));
    ids.learn({ lid: L1, pn: P1, atMs: 1, source: "stanza" });
    const before = ids.entity(P1);
    ids.learn({ lid: L2, pn: P1, atMs: 2, source: "usync" });
    expect(ids.entity(P1)).toBe(ids.entity(L2));
    expect(ids.entity(L1)).toBe(before);
    expect(ids.same(L1, L2)).toBe(false);
    expect(ids.members(ids.entity(L2))).toEqual([L2]);
    expect(changes).toEqual([{ kind: "rebind", pn: P1, from: L1, to: L2 }]);
  });

  test("met before its LID becomes one entity with it, once", () => {
    const ids = identities();
    const changes: IdentityChange[] = [];
    ids.onChange((change) => changes.push(change));
    const alone = ids.entity(P1);
    ids.learn({ lid: L1, pn: P1, atMs: 1, source: "stanza" });
    const together = ids.entity(P1);
    expect(changes).toEqual([{ kind: "merge", from: alone, to: together }]);
    expect(ids.current(alone)).toBe(together);
    expect(ids.members(together)).toEqual([together, alone]);
    expect(ids.aliases(alone)).toEqual([L1, P1]);

    // The person changes number, and a stranger gets the old one.
    ids.learn({ lid: L1, pn: P2, atMs: 2, source: "stanza" });
    const stranger = ids.entity(P1);
    expect([alone, together]).not.toContain(stranger);
    expect(ids.aliases(stranger)).toEqual([P1]);
    ids.learn({ lid: L2, pn: P1, atMs: 3, source: "stanza" });
    expect(ids.current(stranger)).toBe(L2);
    expect(ids.current(alone)).toBe(L1);
    expect(ids.aliases(ids.entity(L1))).toEqual([L1, P2]);
    expect(ids.aliases(stranger)).toEqual([L2, P1]);
  });

  test("and its LID keep at most eight others in memory, the newest", () => {
    const ids = identities();
    for (let n = 1; n <= 20; n++) {
      ids.learn({ lid: `${n}@lid`, pn: P1, atMs: n, source: "stanza" });
    }
    expect(ids.history(P1).map(({ lid }) => lid)).toEqual(
      [20, 19, 18, 17, 16, 15, 14, 13].map((n) => `${n}@lid`),
    );
  });
});

describe("entities", () => {
  const op = fc.oneof(
    fc.record({ op: fc.constant("learn" as const), fact }),
    fc.record({ op: fc.constant("meet" as const), jid: fc.constantFrom(...LIDS, ...PNS) }),
  );

  test("once handed out never come to mean two LIDs, and are found from the one they joined", () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 20 }), (ops) => {
        const ids = identities();
        const joined = new Map<string, string>();
        const handedOut = new Set<ReturnType<Identities["entity"]>>();
        ids.onChange((change) => {
          if (change.kind !== "merge") return;
          expect(joined.has(change.from)).toBe(false);
          joined.set(change.from, change.to);
        });
        for (const one of ops) {
          if (one.op === "learn") ids.learn(one.fact);
          else handedOut.add(ids.entity(one.jid));
        }
        for (const entity of handedOut) {
          expect(ids.current(entity)).toBe(joined.get(entity) ?? entity);
          expect(ids.members(ids.current(entity))).toContain(entity);
        }
        expect(LIDS.map((lid) => ids.current(ids.entity(lid)))).toEqual(LIDS);
        for (const jid of [...LIDS, ...PNS]) {
          expect(joined.has(ids.entity(jid))).toBe(false);
          expect(ids.aliases(ids.entity(jid))).toContain(jid);
        }
        for (const a of [...LIDS, ...PNS]) {
          for (const b of [...LIDS, ...PNS]) {
            expect(ids.same(a, b)).toBe(ids.entity(a) === ids.entity(b));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test("of a chat that is no person are the chat", () => {
    const ids = identities();
    expect(ids.entity("1-2@g.us")).toBe("1-2@g.us");
    expect(ids.aliases(ids.entity("status@broadcast"))).toEqual(["status@broadcast"]);
    expect(ids.same("1-2@g.us", "1-3@g.us")).toBe(false);
  });
});

describe("our own pair", () => {
  const withMe = fc.record({
    lid: fc.constantFrom("777@lid", L1, L2),
    pn: fc.constantFrom("4910@s.whatsapp.net", P1, P2),
    atMs: fc.integer({ min: 0, max: 2 * NOW_MS }),
    source: fc.constantFrom("self" as const, "usync" as const, "stanza" as const),
  });

  test("is changed by nothing but the credentials, whether they or wrong pairs come first", () => {
    fc.assert(
      fc.property(fc.array(withMe), fc.array(withMe), (before, after) => {
        const ids = identities(before);
        ids.setMe(ME);
        ids.learnMany(after);
        expect(ids.pnOf(ME.lid)).toBe("4910@s.whatsapp.net");
        expect(ids.lidOf(ME.id)).toBe("777@lid");
        for (const jid of [L1, L2]) expect(ids.isMe(ids.pnOf(jid) ?? "")).toBe(false);
        for (const jid of [P1, P2]) expect(ids.isMe(ids.lidOf(jid) ?? "")).toBe(false);
      }),
    );
  });

  test("is known when the credentials tell it, and follows our own change of number", () => {
    const ids = createIdentities({ me: { id: ME.id } });
    expect(ids.isMe("4910:9@c.us")).toBe(true);
    expect(ids.lidOf(ME.id)).toBeUndefined();
    ids.ingest({ "creds.update": { me: { ...ME, name: "bot" } } });
    expect(ids.lidOf(ME.id)).toBe("777@lid");
    ids.setMe({ ...ME, id: "4911@s.whatsapp.net" });
    expect(ids.pnOf(ME.lid)).toBe("4911@s.whatsapp.net");
  });

  test("refuses a stranger's LID for our number, and our LID for a stranger's", () => {
    const ids = createIdentities({ me: ME });
    expect(ids.learn({ lid: L1, pn: ME.id, atMs: NOW_MS, source: "usync" })).toBe("rejected");
    expect(ids.learn({ lid: ME.lid, pn: P1, atMs: NOW_MS, source: "usync" })).toBe("rejected");
    expect(ids.learn({ lid: L1, pn: P1, atMs: NOW_MS, source: "self" })).toBe("rejected");
  });
});

describe.each(tablesKinds)("identities in $name", ({ open }) => {
  test("answer as those in memory do", async () => {
    await fc.assert(
      fc.asyncProperty(facts, async (all) => {
        const kept = createIdentities({ tables: await open(), clock: new ManualClock(NOW_MS) });
        for (const one of all) kept.learn(one);
        expect(answers(kept)).toEqual(answers(identities(all)));
      }),
      { numRuns: 10 },
    );
  });

  test("hold no more forms than they may", async () => {
    const ids = createIdentities({ tables: await open(), maxForms: 32 });
    for (let n = 1; n <= 200; n++) {
      ids.learn({ lid: `${n}@lid`, pn: `49${n}@s.whatsapp.net`, atMs: n, source: "stanza" });
      ids.entity(`48${n}@s.whatsapp.net`);
    }
    expect(new Set([...ids.facts()].map(({ pn }) => pn)).size).toBeLessThanOrEqual(32);
    expect(ids.lidOf("49200@s.whatsapp.net")).toBe("200@lid");
    expect(ids.lidOf("491@s.whatsapp.net")).toBeUndefined();
  });
});
