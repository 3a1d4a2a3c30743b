import { systemClock } from "@motte/core/clock";
import type { FaultCase, Provocation } from "./fault-case.ts";

const FRAMES_AFTER_IT = 3;
const FIRED_MS = 60_000;

/** Is online until a frame was hit and others came behind it: there are always those of the keep-alive. */
const idles: Provocation = {
  words: "is online",
  act: async ({ server, client }, rule) => {
    await rule.whenFired(1, FIRED_MS);
    const sent = (): number => server.journal.filter(({ direction }) => direction === "out").length;
    const enough = sent() + FRAMES_AFTER_IT;
    while (sent() < enough && client.ending === undefined) await systemClock.sleep(5);
  },
};

const IN = { direction: "in" } as const;

export const frameCases: readonly FaultCase[] = [
  { fault: "split-frame", while: idles, settings: { times: 20 } },
  { fault: "split-frame", while: idles, settings: { ...IN, times: 20 } },
  { fault: "coalesce-frames", while: idles },
  { fault: "coalesce-frames", while: idles, settings: IN },
  { fault: "compressed-stanza", while: idles, settings: { times: 20 } },
  { fault: "delay-frame", while: idles },
  { fault: "delay-frame", while: idles, settings: IN },
  { fault: "drop-frame", while: idles },
  { fault: "drop-frame", while: idles, settings: IN },
  { fault: "duplicate-frame", while: idles },
  { fault: "duplicate-frame", while: idles, settings: IN },
  { fault: "reorder-frames", while: idles },
  { fault: "reorder-frames", while: idles, settings: IN },
  { fault: "flip-bit", while: idles },
  { fault: "flip-bit", while: idles, settings: IN },
  { fault: "oversized-frame", while: idles },
  { fault: "oversized-frame", while: idles, settings: IN },
];
