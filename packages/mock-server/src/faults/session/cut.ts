import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";

export const cut: Fault<"cut", SessionMoment> = defineSessionFault({
  name: "cut",
  summary: "the TCP connection ends without a WebSocket close frame",
  settings: {},
  act: (connection) => connection.cut(),
});
