import { node } from "../../replies.ts";
import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";

export const streamRateLimit: Fault<"stream-rate-limit", SessionMoment> = defineSessionFault({
  name: "stream-rate-limit",
  summary: 'the server ends the stream because of too much traffic: `<stream:error code="429">`',
  settings: {},
  act: (connection) => {
    connection.sendAsItIs(node("stream:error", { code: "429" }));
    connection.close();
  },
});
