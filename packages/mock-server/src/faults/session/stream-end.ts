import { node } from "../../replies.ts";
import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";

export const streamEnd: Fault<"stream-end", SessionMoment> = defineSessionFault({
  name: "stream-end",
  summary: "the server ends the stream without a reason: `<xmlstreamend>`",
  settings: {},
  act: (connection) => {
    connection.sendAsItIs(node("xmlstreamend"));
    connection.close();
  },
});
