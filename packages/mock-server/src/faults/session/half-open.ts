import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";

export const halfOpen: Fault<"half-open", SessionMoment> = defineSessionFault({
  name: "half-open",
  summary: "the server forgets the connection and never speaks on it again, and does not say so",
  settings: {},
  act: (connection) => connection.forget(),
});
