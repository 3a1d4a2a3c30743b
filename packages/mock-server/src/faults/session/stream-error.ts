import { node } from "../../replies.ts";
import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";
import { optionalText, optionalInteger } from "../setting.ts";

export interface StreamErrorSettings {
  readonly code: number | undefined;
  readonly reason: string | undefined;
}

/** `<stream:error code>` and the end of the stream. Baileys takes the code for the reason of the disconnect (socket.js). */
export const streamError: Fault<"stream-error", StreamErrorSettings & SessionMoment> =
  defineSessionFault<"stream-error", StreamErrorSettings>({
    name: "stream-error",
    summary: "the server ends the stream with `<stream:error>`",
    settings: {
      code: optionalInteger({ doc: "the code, like 503; none when left out" }),
      reason: optionalText("the tag of the child that says why, like `ack`"),
    },
    act: (connection, { code, reason }) => {
      const attrs: Record<string, string> = code === undefined ? {} : { code: String(code) };
      const content = reason === undefined ? undefined : [node(reason)];
      connection.sendAsItIs(node("stream:error", attrs, content));
      connection.close();
    },
  });
