import { node } from "../../replies.ts";
import { type Fault, defineFault } from "../fault.ts";
import { attributes, choice, flag, optionalWord } from "../setting.ts";

interface FailureSettings {
  /** The reason, like 401, 403, 405 or 503; none when left out. */
  readonly reason: string | number | undefined;
  /** What else it says, like `{ location: "odn" }`, or `{ code: "101", expire: "3600" }` of a ban. */
  readonly attrs: Readonly<Record<string, string>>;
  /** Clients that log in, that want to be paired, or both. */
  readonly of: "login" | "pairing" | "both";
  /** The connection is not closed after it. */
  readonly leaveOpen: boolean;
}

/** The verdict on a login. Baileys takes the reason for the status code of the disconnect (socket.js). */
export const failure: Fault<"failure", FailureSettings> = defineFault<
  "failure",
  "admit",
  FailureSettings
>({
  name: "failure",
  place: "admit",
  summary: "the server does not let the client in: `<failure reason>`",
  settings: {
    reason: optionalWord("the reason, like 401, 403, 405 or 503; none when left out"),
    attrs: attributes({
      doc: 'what else it says, like `{ location: "odn" }`, or `{ code: "101", expire: "3600" }` of a ban',
      fallback: {},
    }),
    of: choice({
      doc: "clients that log in, that want to be paired, or both",
      of: ["login", "pairing", "both"],
      fallback: "login",
    }),
    leaveOpen: flag({ doc: "the connection is not closed after it", fallback: false }),
  },
  arm: ({ reason, attrs, of, leaveOpen }) => ({
    matches: ({ registers }) => of === "both" || registers === (of === "pairing"),
    act: ({ connection }) => {
      connection.sendAsItIs(
        node("failure", { ...(reason === undefined ? {} : { reason: String(reason) }), ...attrs }),
      );
      if (!leaveOpen) connection.close();
    },
  }),
});
