import { ib, node } from "../../replies.ts";
import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";

export const downgraded: Fault<"downgraded", SessionMoment> = defineSessionFault({
  name: "downgraded",
  summary: "the account does not take part in multi-device: `<downgrade_webclient>`",
  settings: {},
  act: (connection) => connection.sendAsItIs(ib(node("downgrade_webclient"))),
});
