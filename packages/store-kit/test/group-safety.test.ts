import * as fc from "fast-check";
import { type GroupMetadata, makeEventBuffer } from "@whiskeysockets/baileys";
import { silentLogger } from "@motte/core/logger";
import { describe, expect, test } from "vitest";
import { GROUP, GroundTruth, member, metadata } from "./support/groups.ts";
import { change, holding, idsOf, open, refusal } from "./support/open-groups.ts";

describe("a member who was removed is never served", () => {
  test("to a send that asked before and is answered after", async () => {
    const answers: ((group: GroupMetadata) => void)[] = [];
    const { groups, clock } = open(() => new Promise((resolve) => answers.push(resolve)));
    const asked = groups.cachedGroupMetadata(GROUP);
    await clock.advance(0);
    groups.ingest(change("remove", member(2)));
    answers[0]?.(metadata([member(1), member(2)]));
    await clock.advance(1000);
    answers[1]?.(metadata([member(1)]));
    expect(idsOf(await asked)).toEqual(["1@lid"]);
    expect(answers).toHaveLength(2);
  });

  test("from a whole group that waited in Baileys' buffer while the removal did not", async () => {
    const { groups, truth } = await holding(2);
    const ev = makeEventBuffer(silentLogger);
    ev.process((flush) => groups.ingest(flush));
    ev.buffer();
    ev.emit("groups.update", [truth.snapshot()]);
    truth.act("remove", member(2));
    ev.emit("group-participants.update", {
      id: GROUP,
      author: "9@lid",
      action: "remove",
      participants: [member(2)],
    });
    ev.flush();
    expect(idsOf(groups.peek(GROUP)) ?? []).not.toContain("2@lid");
    expect(idsOf(await groups.cachedGroupMetadata(GROUP))).toEqual(["1@lid"]);
  });

  test("from what was kept while the server refuses to be asked", async () => {
    const { groups, clock, errors } = open(async () => {
      throw refusal(429);
    });
    groups.ingest({ "groups.upsert": [metadata([member(1), member(2), member(3)])] });
    groups.ingest({ "groups.update": [{ id: GROUP, subject: "new" }] });
    groups.ingest(change("remove", member(2)));
    const asked = groups.cachedGroupMetadata(GROUP);
    await clock.advance(1000);
    expect(idsOf(await asked)).toEqual(["1@lid", "3@lid"]);
    expect(errors.length).toBeGreaterThan(0);
  });

  const N = 4;
  const act = fc.record({
    op: fc.constant("act" as const),
    action: fc.constantFrom("add" as const, "remove" as const, "promote" as const),
    n: fc.integer({ min: 1, max: N }),
    as: fc.constantFrom("lid" as const, "pn" as const, "both" as const),
    lost: fc.boolean(),
  });
  const op = fc.oneof(
    { arbitrary: act, weight: 4 },
    { arbitrary: fc.constant({ op: "deliver" as const }), weight: 4 },
    fc.constant({ op: "ask" as const }),
    fc.constant({ op: "answer" as const }),
    fc.constant({ op: "whole" as const }),
    fc.constant({ op: "partial" as const }),
    fc.constant({ op: "reopen" as const }),
  );

  test("whatever happens when, and the members are the server's when all was told", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 25 }), async (ops) => {
        const truth = new GroundTruth([member(1), member(2), member(99)]);
        const pendingAnswers: (() => void)[] = [];
        const { groups, clock } = open(
          () =>
            new Promise((resolve) => {
              const snapshot = truth.snapshot();
              pendingAnswers.push(() => resolve(snapshot));
            }),
        );
        const queue: (() => void)[] = [];
        // Removals that we were told of, while the server has the member still removed.
        const toldGone = new Set<string>();
        const served: string[] = [];
        const check = (group: GroupMetadata | undefined): void => {
          served.push(...(idsOf(group) ?? []).filter((id) => toldGone.has(id)));
        };
        const settle = (): Promise<void> => clock.advance(0);
        const asked: Promise<void>[] = [];
        let anyLost = false;
        for (const one of ops) {
          if (one.op === "act") {
            const who = member(one.n);
            const isIn = truth.members.has(who.id);
            if (isIn === (one.action === "add")) continue;
            truth.act(one.action, who, who.phoneNumber);
            if (one.action === "add") toldGone.delete(who.id);
            const named = {
              lid: { id: who.id },
              pn: { id: `49${one.n}@s.whatsapp.net` },
              both: who,
            }[one.as];
            anyLost ||= one.lost;
            if (one.lost) continue;
            queue.push(() => {
              if (one.action === "remove" && !truth.members.has(who.id)) toldGone.add(who.id);
              groups.ingest(change(one.action, named));
            });
          } else if (one.op === "deliver") queue.shift()?.();
          else if (one.op === "ask") asked.push(groups.cachedGroupMetadata(GROUP).then(check));
          else if (one.op === "answer") pendingAnswers.shift()?.();
          else if (one.op === "whole") {
            const snapshot = truth.snapshot();
            queue.push(() => groups.ingest({ "groups.update": [snapshot] }));
          } else if (one.op === "partial") {
            groups.ingest({ "groups.update": [{ id: GROUP, subject: "other" }] });
          } else {
            groups.ingest({ "connection.update": { connection: "close" } });
            await clock.advance(61_000);
            groups.ingest({ "connection.update": { connection: "open" } });
          }
          await settle();
          check(groups.peek(GROUP));
        }
        for (const deliver of queue) deliver();
        const last = groups.cachedGroupMetadata(GROUP);
        for (let n = 0; n < 20; n++) {
          await clock.advance(1000);
          pendingAnswers.shift()?.();
        }
        await Promise.all(asked);
        const final = await last;
        check(final);
        expect(served).toEqual([]);
        const expected = anyLost ? final : truth.snapshot();
        expect(new Set(idsOf(final))).toEqual(new Set(idsOf(expected)));
        expect(final?.participants.every(({ id }) => id.endsWith("@lid"))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
