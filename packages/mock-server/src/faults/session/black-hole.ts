import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";
import { choice } from "../setting.ts";

interface BlackHoleSettings {
  /** What is swallowed: what the client sends, or what it is sent. */
  readonly direction: "in" | "out";
}

export const blackHole: Fault<"black-hole", BlackHoleSettings & SessionMoment> = defineSessionFault<
  "black-hole",
  BlackHoleSettings
>({
  name: "black-hole",
  summary: "from now on the network swallows all frames one way; the other way still works",
  settings: {
    direction: choice({
      doc: "what is swallowed: what the client sends, or what it is sent",
      of: ["in", "out"],
      fallback: "out",
    }),
  },
  act: (doomed, { direction }, { context }) => {
    const { frameIn, frameOut } = context.passages;
    const way = direction === "in" ? frameIn : frameOut;
    const hole = way.add((subject, pass) => {
      if (subject.connection !== doomed) return pass(subject);
    });
    doomed.onEnd(() => hole[Symbol.dispose]());
  },
});
