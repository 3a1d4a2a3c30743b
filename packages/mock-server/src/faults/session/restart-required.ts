import { streamError } from "../../replies.ts";
import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";

export const restartRequired: Fault<"restart-required", SessionMoment> = defineSessionFault({
  name: "restart-required",
  summary:
    "the server wants the client to connect again, 515; with `times` it does so over and over",
  settings: {},
  act: (connection) => {
    connection.sendAsItIs(streamError("515"));
    connection.close();
  },
});
