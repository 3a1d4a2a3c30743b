import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";

export const reset: Fault<"reset", SessionMoment> = defineSessionFault({
  name: "reset",
  summary: "the TCP connection ends with RST, as by a crashed machine or a middlebox",
  settings: {},
  act: (connection) => connection.reset(),
});
