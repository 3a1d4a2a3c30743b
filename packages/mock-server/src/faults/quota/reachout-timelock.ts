import { setTimelock } from "../../handlers/mex-account.ts";
import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";
import { integer, text } from "../setting.ts";

interface ReachoutTimelockSettings {
  /** For how long, in milliseconds on the server's clock. */
  readonly lockedMs: number;
  /** The reason, as on the wire. */
  readonly type: string;
}

export const reachoutTimelock: Fault<
  "reachout-timelock",
  ReachoutTimelockSettings & SessionMoment
> = defineSessionFault<"reachout-timelock", ReachoutTimelockSettings>({
  name: "reachout-timelock",
  summary:
    "the account may not write to people it is not in touch with for a while: its clients are told, and such messages get an ack with error 463",
  settings: {
    lockedMs: integer({
      doc: "for how long, in milliseconds on the server's clock",
      fallback: 86_400_000,
      min: 1,
    }),
    type: text({ doc: "the reason, as on the wire", fallback: "BIZ_QUALITY" }),
  },
  act: ({ companion }, { lockedMs, type }, { context }) => {
    if (companion === undefined) return;
    const endsAt = context.clock.now() + lockedMs;
    setTimelock(context, companion.account, { endsAt, enforcementType: type });
  },
});
