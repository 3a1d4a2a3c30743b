import { unixTime } from "../context.ts";
import { ack } from "../replies.ts";
import { type BinaryNode, attr } from "../wire/binary-node.ts";
import { LID_SERVER, PN_SERVER, namespaceOf, parseJid } from "../wire/jid.ts";
import { directMessage } from "./direct-messages.ts";
import { groupMessage } from "./group-messages.ts";
import type { Dispatch, Letter, MessageError } from "./letter.ts";
import { malformed } from "./malformed.ts";
import { statusMessage } from "./status-messages.ts";

/** A message the server has looked at. */
export interface RoutedMessage {
  /** For the sender; it goes out before anybody gets the message. */
  readonly ack: BinaryNode;
  /** Why the server does not take the message. */
  readonly error: MessageError | undefined;
  /** Hands out the copies; does nothing for a message the server did not take. */
  deliver(): void;
}

type Destination = (letter: Letter) => Dispatch;

/** Where a message can go, by the server part of its `to`. */
const DESTINATIONS: Readonly<Record<string, Destination>> = {
  [PN_SERVER]: directMessage,
  [LID_SERVER]: directMessage,
  "g.us": groupMessage,
  broadcast: statusMessage,
};

/** Decides what becomes of a message. */
export function routeMessage(letter: Letter): RoutedMessage {
  const { stanza, context } = letter;
  const dispatch = dispatchOf(letter);
  const t = unixTime(context.clock);
  if ("error" in dispatch) {
    const { error } = dispatch;
    return { ack: ack(stanza, { t, error }), error, deliver: () => {} };
  }
  return {
    ack: ack(stanza, { t, ...dispatch.ack }),
    error: undefined,
    deliver: () => {
      for (const copy of dispatch.copies) copy.to.deliver(copy.stanza);
    },
  };
}

function dispatchOf(letter: Letter): Dispatch {
  const { stanza, context } = letter;
  const error = context.strict ? malformed(stanza) : undefined;
  if (error !== undefined) return { error };
  const to = attr(stanza, "to");
  const destination = to === undefined ? undefined : DESTINATIONS[namespaceOf(parseJid(to))];
  if (destination !== undefined) return destination(letter);
  return context.strict ? { error: "404" } : { copies: [] };
}
