import { matchesStanza } from "../../passages/stanza-match.ts";
import type { Fault } from "../fault.ts";
import { integer } from "../setting.ts";
import { type DirectedChoice, defineDirectedFault } from "../stanza-fault.ts";

interface ReorderSettings {
  /** How many others that match, on the same connection, go first. */
  readonly behind: number;
  /** Milliseconds on the server's clock after which it goes even if no others came. */
  readonly waitMs: number;
}

export const reorderStanzas: Fault<"reorder-stanzas", ReorderSettings & DirectedChoice> =
  defineDirectedFault<"reorder-stanzas", ReorderSettings>({
    name: "reorder-stanzas",
    summary: "a stanza arrives behind those that were sent after it",
    settings: {
      behind: integer({
        doc: "how many others that match, on the same connection, go first",
        fallback: 1,
        min: 1,
      }),
      waitMs: integer({
        doc: "milliseconds on the server's clock after which it goes even if no others came",
        fallback: 1000,
      }),
    },
    match: { doc: "which stanzas change places", fallback: { tag: "message" } },
    arm: ({ behind, waitMs }, { way, later }, match) => ({
      act: (held, pass) => {
        let ahead = behind;
        const release = (): void => {
          if (ahead < 0) return;
          ahead = -1;
          counting[Symbol.dispose]();
          pass(held);
        };
        const counting = way.add((subject, passOther) => {
          passOther(subject);
          const counts =
            subject.connection === held.connection && matchesStanza(match, subject.stanza);
          if (counts && --ahead === 0) release();
        });
        later(waitMs, release);
      },
    }),
  });
