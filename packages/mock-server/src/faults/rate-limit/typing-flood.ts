import type { Connection } from "../../connection/connection.ts";
import { node } from "../../replies.ts";
import type { Fault, FaultTools } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";
import { integer, optionalText } from "../setting.ts";

interface TypingFloodSettings {
  /** How many notices. */
  readonly count: number;
  /** Milliseconds on the server's clock between two of them; 0 is all at once. */
  readonly everyMs: number;
  /** The JID of who types; someone the account knows, or a stranger, when left out. */
  readonly from: string | undefined;
}

const STRANGER = "15550000000@s.whatsapp.net";

export const typingFlood: Fault<"typing-flood", TypingFloodSettings & SessionMoment> =
  defineSessionFault<"typing-flood", TypingFloodSettings>({
    name: "typing-flood",
    summary: "a client is told over and over that somebody types and has stopped typing",
    settings: {
      count: integer({ doc: "how many notices", fallback: 1000, min: 1, max: 1_000_000 }),
      everyMs: integer({
        doc: "milliseconds on the server's clock between two of them; 0 is all at once",
        fallback: 0,
      }),
      from: optionalText(
        "the JID of who types; someone the account knows, or a stranger, when left out",
      ),
    },
    act: (connection, { count, everyMs, from = someone(connection) }, tools) => {
      if (everyMs === 0)
        for (let index = 0; index < count; index++) notice(connection, from, index);
      else noticeLater(connection, { from, count, everyMs }, tools);
    },
  });

function someone({ companion }: Connection): string {
  const [known] = companion?.account.acquaintances ?? [];
  return known?.pn ?? STRANGER;
}

function notice(connection: Connection, from: string, index: number): void {
  const state = index % 2 === 0 ? "composing" : "paused";
  connection.sendAsItIs(node("chatstate", { from }, [node(state)]));
}

function noticeLater(
  connection: Connection,
  { from, count, everyMs }: TypingFloodSettings & { readonly from: string },
  { later }: FaultTools,
): void {
  const next = (index: number): void => {
    if (index === count || connection.state === "closed") return;
    notice(connection, from, index);
    later(everyMs, () => next(index + 1));
  };
  next(0);
}
