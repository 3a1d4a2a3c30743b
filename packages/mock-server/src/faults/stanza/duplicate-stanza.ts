import type { Fault } from "../fault.ts";
import { integer } from "../setting.ts";
import { type DirectedChoice, defineDirectedFault } from "../stanza-fault.ts";

interface DuplicateSettings {
  /** How many more than the one. */
  readonly copies: number;
  /** Milliseconds on the server's clock before each copy; 0 is at once. */
  readonly afterMs: number;
}

export const duplicateStanza: Fault<"duplicate-stanza", DuplicateSettings & DirectedChoice> =
  defineDirectedFault<"duplicate-stanza", DuplicateSettings>({
    name: "duplicate-stanza",
    summary: "a stanza arrives more than once, the same to the last byte",
    settings: {
      copies: integer({ doc: "how many more than the one", fallback: 1, min: 1, max: 1000 }),
      afterMs: integer({
        doc: "milliseconds on the server's clock before each copy; 0 is at once",
        fallback: 0,
      }),
    },
    match: { doc: "which stanzas", fallback: { tag: "message" } },
    arm: ({ copies, afterMs }, { later }) => ({
      act: (subject, pass) => {
        pass(subject);
        for (let copy = 1; copy <= copies; copy++) {
          if (afterMs === 0) pass(subject);
          else later(copy * afterMs, () => pass(subject));
        }
      },
    }),
  });
