import { unixTime } from "../../context.ts";
import { node } from "../../replies.ts";
import type { BinaryNode } from "../../wire/binary-node.ts";
import { SERVER_JID } from "../../wire/jid.ts";
import type { Fault, FaultTools } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";
import { choice, text } from "../setting.ts";

type Kind = "stanza" | "iq" | "notification" | "ib";

interface UnknownStanzaSettings {
  /** An unknown tag, a request of an unknown `xmlns`, a notification of an unknown `type`, or an unknown child of `<ib>`. */
  readonly kind: Kind;
  /** The tag, `xmlns` or `type`. */
  readonly name: string;
}

export const unknownStanza: Fault<"unknown-stanza", UnknownStanzaSettings & SessionMoment> =
  defineSessionFault<"unknown-stanza", UnknownStanzaSettings>({
    name: "unknown-stanza",
    summary: "the server sends a stanza of a kind no client knows",
    settings: {
      kind: choice({
        doc: "an unknown tag, a request of an unknown `xmlns`, a notification of an unknown `type`, or an unknown child of `<ib>`",
        of: ["stanza", "iq", "notification", "ib"],
        fallback: "stanza",
      }),
      name: text({ doc: "the tag, `xmlns` or `type`", fallback: "mystery" }),
    },
    act: (connection, { kind, name }, tools) => connection.sendAsItIs(unknown(kind, name, tools)),
  });

function unknown(kind: Kind, name: string, { context }: FaultTools): BinaryNode {
  const attrs = { from: SERVER_JID, id: context.nextId() };
  const t = unixTime(context.clock);
  switch (kind) {
    case "stanza":
      return node(name, { ...attrs, t });
    case "iq":
      return node("iq", { ...attrs, type: "get", xmlns: name }, [node(name)]);
    case "notification":
      return node("notification", { ...attrs, type: name, t }, [node(name)]);
    case "ib":
      return node("ib", { from: SERVER_JID }, [node(name)]);
  }
}
