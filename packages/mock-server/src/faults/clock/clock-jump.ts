import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";
import { integer } from "../setting.ts";

interface ClockJumpSettings {
  /** By how much, in milliseconds; below 0 is back. */
  readonly ms: number;
}

/** Forwards, whatever falls due on the way happens at once; backwards moves the date only. */
export const clockJump: Fault<"clock-jump", ClockJumpSettings & SessionMoment> = defineSessionFault<
  "clock-jump",
  ClockJumpSettings
>({
  name: "clock-jump",
  summary: "the server's clock jumps, for everybody and for good",
  settings: {
    ms: integer({
      doc: "by how much, in milliseconds; below 0 is back",
      fallback: 86_400_000,
      min: Number.MIN_SAFE_INTEGER,
    }),
  },
  act: (_, { ms }, { context: { clock } }) => clock.set(clock.now() + ms),
});
