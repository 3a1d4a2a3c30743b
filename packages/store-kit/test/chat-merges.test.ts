import { expect, test } from "vitest";
import { type Tables, memoryTables, reactionStore, receiptStore } from "@motte/store-kit";
import { NOW_MS, chatSide } from "./support/chat-side.ts";

const GROUP = "120363@g.us";
const OWN = { remoteJid: GROUP, id: "A", fromMe: true };

/** Tables that count how often one is looked through as a whole. */
function watched(): { tables: Tables; looks: () => number } {
  const inner = memoryTables();
  let looks = 0;
  const tables: Tables = {
    atomically: (work) => inner.atomically(work),
    table: (shape) => {
      const table = inner.table(shape);
      const list = table.list.bind(table);
      table.list = (prefix = "") => {
        if (prefix === "") looks += 1;
        return list(prefix);
      };
      return table;
    },
  };
  return { tables, looks: () => looks };
}

test("however many numbers meet their LIDs, what they said is found without looking through everything each time", () => {
  const { tables, looks } = watched();
  const { options, ids } = chatSide(tables);
  const [reactions, receipts] = [reactionStore(options), receiptStore(options)];
  const told = (n: number): void => {
    const jid = `48${n}@s.whatsapp.net`;
    reactions.ingest({
      "messages.reaction": [
        { key: OWN, reaction: { key: { remoteJid: GROUP, participant: jid, id: "R" }, text: "+" } },
      ],
    });
    receipts.ingest({
      "message-receipt.update": [{ key: OWN, receipt: { userJid: jid, readTimestamp: 5 } }],
    });
  };
  const meet = (n: number): unknown =>
    ids.learn({ lid: `${n}@lid`, pn: `48${n}@s.whatsapp.net`, atMs: NOW_MS, source: "stanza" });
  // Some before the first of them met, some after; and some who said nothing.
  for (let n = 1; n <= 5; n++) told(n);
  for (let n = 1; n <= 5; n++) meet(n);
  for (let n = 6; n <= 10; n++) told(n);
  for (let n = 6; n <= 10; n++) meet(n);
  const before = looks();
  for (let n = 11; n <= 100; n++) {
    ids.entity(`48${n}@s.whatsapp.net`);
    meet(n);
  }
  expect(looks() - before).toBe(0);
  const lids = Array.from({ length: 10 }, (_, n) => `${n + 1}@lid`).toSorted();
  expect(reactions.of(OWN).map(({ author }) => author)).toEqual(lids);
  expect(receipts.of(OWN).map(({ user }) => user)).toEqual(lids);
});
