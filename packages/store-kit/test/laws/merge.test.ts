// A number and a LID turn out to be one person, in the middle of everything.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { everyPart } from "../support/bound-stores.ts";
import { LID, NOW_MS, PN, message, theirKey } from "../support/messages.ts";

type Step = { readonly jid: string; readonly n: number; readonly names: boolean } | "meet";

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      jid: fc.constantFrom(LID, PN),
      n: fc.nat({ max: 9 }),
      // Whether the message itself says who the other form is.
      names: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
    }),
  },
  fc.constant("meet" as const),
);

test("two forms that meet are one chat from then on, with every message once, and until then two", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      await using set = await everyPart();
      const { identities, messages, chats, contacts } = set.parts;
      const said = new Map<string, Set<string>>([
        [LID, new Set()],
        [PN, new Set()],
      ]);
      let haveMet = false;
      for (const one of steps) {
        if (one === "meet") {
          identities.ingest({ "lid-mapping.update": { lid: LID, pn: PN } });
          haveMet = true;
        } else {
          // The same id in both forms is one message, delivered under the other form once more.
          const id = haveMet || one.names ? `${one.n}` : `${one.jid} ${one.n}`;
          const alt = one.names && { remoteJidAlt: one.jid === LID ? PN : LID };
          const key = { ...theirKey(id, one.jid), ...alt };
          const messageAt = { ...message(key, id, NOW_MS - 1000), pushName: "Ben" };
          const flush = { "messages.upsert": { messages: [messageAt], type: "notify" as const } };
          haveMet ||= one.names;
          said.get(one.jid)?.add(id);
          for (const part of [identities, chats, messages, contacts]) part.ingest(flush);
        }

        const all = new Set([...(said.get(LID) ?? []), ...(said.get(PN) ?? [])]);
        for (const jid of [LID, PN]) {
          const ids = messages.page(jid, { limit: 100 }).messages.map(({ key }) => key.id);
          const expected = haveMet ? all : (said.get(jid) ?? new Set());
          expect(ids).toHaveLength(expected.size);
          expect(new Set(ids)).toEqual(expected);
          expect(chats.get(jid)?.unread ?? 0).toBe(expected.size);
        }
        expect(identities.same(LID, PN)).toBe(haveMet);
        expect(chats.page({ limit: 9 }).chats.length).toBeLessThanOrEqual(haveMet ? 1 : 2);
        const isNamed = all.size > 0 && haveMet;
        expect(contacts.get(LID)?.notify).toBe(
          isNamed || (said.get(LID)?.size ?? 0) > 0 ? "Ben" : undefined,
        );
      }
      expect(set.errors).toEqual([]);
    }),
    { numRuns: 80 },
  );
});
