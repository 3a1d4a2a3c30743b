import type { Fault } from "../fault.ts";
import { integer } from "../setting.ts";
import { type DirectedChoice, defineDirectedFault } from "../stanza-fault.ts";

interface DelaySettings {
  /** How late, in milliseconds on the server's clock. */
  readonly ms: number;
  /** Up to so many milliseconds more, by the seed. */
  readonly jitterMs: number;
}

/** Others overtake it meanwhile; with `{ times: "always", jitterMs: 0 }` and no `match` all keep their order. */
export const delayStanza: Fault<"delay-stanza", DelaySettings & DirectedChoice> =
  defineDirectedFault<"delay-stanza", DelaySettings>({
    name: "delay-stanza",
    summary: "a stanza arrives late, and others overtake it",
    settings: {
      ms: integer({ doc: "how late, in milliseconds on the server's clock", fallback: 1000 }),
      jitterMs: integer({ doc: "up to so many milliseconds more, by the seed", fallback: 0 }),
    },
    match: { doc: "which stanzas", fallback: {} },
    arm: ({ ms, jitterMs }, { later, random }) => ({
      act: (subject, pass) =>
        later(ms + Math.floor(random.next() * (jitterMs + 1)), () => pass(subject)),
    }),
  });
