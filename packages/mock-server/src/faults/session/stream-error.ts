import { node, streamError as streamErrorNode } from "../../replies.ts";
import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";
import { attributes, flag, optionalText, optionalWord } from "../setting.ts";

interface StreamErrorSettings {
  /** The code, like 503; none when left out. */
  readonly code: string | number | undefined;
  /** The tag of the child that says why, like `ack`. */
  readonly reason: string | undefined;
  /** What that child says, like `{ type: "device_removed" }` of a `conflict`. */
  readonly reasonAttrs: Readonly<Record<string, string>>;
  /** The connection is not closed after it. */
  readonly leaveOpen: boolean;
}

/** `<stream:error code>` and the end of the stream. Baileys takes the code for the reason of the disconnect (socket.js). */
export const streamError: Fault<"stream-error", StreamErrorSettings & SessionMoment> =
  defineSessionFault<"stream-error", StreamErrorSettings>({
    name: "stream-error",
    summary: "the server ends the stream with `<stream:error>`",
    settings: {
      code: optionalWord("the code, like 503; none when left out"),
      reason: optionalText("the tag of the child that says why, like `ack`"),
      reasonAttrs: attributes({
        doc: 'what that child says, like `{ type: "device_removed" }` of a `conflict`',
        fallback: {},
      }),
      leaveOpen: flag({ doc: "the connection is not closed after it", fallback: false }),
    },
    act: (connection, { code, reason, reasonAttrs, leaveOpen }) => {
      const child = reason === undefined ? undefined : node(reason, reasonAttrs);
      connection.sendAsItIs(streamErrorNode(code === undefined ? undefined : String(code), child));
      if (!leaveOpen) connection.close();
    },
  });
