import type { BinaryNode } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Mailbox } from "../src/world/mailbox.ts";

const stanza = (tag: string, id: string, type?: string): BinaryNode => ({
  tag,
  attrs: { id, ...(type && { type }) },
});
const ids = fc.constantFrom("a", "b", "c");
const action = fc.oneof(
  fc.record({ do: fc.constant("push" as const), id: ids }),
  fc.record({ do: fc.constant("settle" as const), id: ids }),
  fc.record({ do: fc.constant("open" as const), id: fc.constant("") }),
  fc.record({ do: fc.constant("close" as const), id: fc.constant("") }),
);

describe("a mailbox", () => {
  test("gives everything that is not settled, in order, at each opening and as it comes", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const mailbox = new Mailbox();
        let connected = false;
        const counts: [number, number][] = [];
        let waiting: string[] = [];
        let got: string[] = [];
        let expected: string[] = [];
        for (const { do: what, id } of actions) {
          if (what === "push") {
            mailbox.push(stanza("message", id));
            waiting.push(id);
            if (connected) expected.push(id);
          } else if (what === "settle") {
            mailbox.settle({ kind: "message", id });
            const index = waiting.indexOf(id);
            if (index !== -1) waiting = waiting.toSpliced(index, 1);
          } else if (what === "open") {
            expected = [...waiting];
            got = [];
            connected = true;
            counts.push([mailbox.open((each) => got.push(each.attrs["id"] ?? "")), waiting.length]);
          } else {
            mailbox.close();
            connected = false;
          }
          expect(mailbox.waiting.map((each) => each.attrs["id"])).toEqual(waiting);
          expect(got).toEqual(expected);
        }
        expect(counts.map(([told]) => told)).toEqual(counts.map(([, waited]) => waited));
      }),
    );
  });

  test("numbers what waited, and not what comes later", () => {
    const mailbox = new Mailbox();
    const got: (string | undefined)[] = [];
    mailbox.push(stanza("message", "a"));
    mailbox.push(stanza("message", "b"));
    mailbox.open((each) => got.push(each.attrs["offline"]));
    mailbox.push(stanza("message", "c"));

    expect(got).toEqual(["0", "1", undefined]);
  });

  test("tells receipts with one id apart by their type", () => {
    const mailbox = new Mailbox();
    mailbox.push(stanza("receipt", "a"));
    mailbox.push(stanza("receipt", "a", "read"));
    mailbox.settle({ kind: "receipt", id: "a", type: "read" });

    expect(mailbox.waiting).toEqual([stanza("receipt", "a")]);
  });

  test("keeps the new copy of a message when the refusal of the old one comes late", () => {
    const mailbox = new Mailbox();
    mailbox.push(stanza("message", "a"));
    mailbox.settleByRetry("a");
    mailbox.push(stanza("message", "a", "again"));
    mailbox.settleByRefusal("a");
    const afterFirstRefusal = [...mailbox.waiting];
    mailbox.settleByRefusal("a");

    expect(afterFirstRefusal).toEqual([stanza("message", "a", "again")]);
    expect(mailbox.waiting).toEqual([]);
  });
});
