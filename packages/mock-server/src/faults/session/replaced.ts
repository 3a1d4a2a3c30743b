import { conflict, streamError } from "../../replies.ts";
import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";

export const replaced: Fault<"replaced", SessionMoment> = defineSessionFault({
  name: "replaced",
  summary: 'somebody else has logged in as this device: `<conflict type="replaced">`',
  settings: {},
  act: (connection) => {
    connection.sendAsItIs(streamError(undefined, conflict("replaced")));
    connection.close();
  },
});
