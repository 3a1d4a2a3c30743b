import { unixTime } from "../../context.ts";
import { ack } from "../../replies.ts";
import { attr } from "../../wire/binary-node.ts";
import type { Fault } from "../fault.ts";
import { integer } from "../setting.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

interface MessageRefusedSettings {
  /** The error of the ack, like 420 or 429 for too many messages, 463 or 479. */
  readonly error: number;
}

export const messageRefused: Fault<"message-refused", MessageRefusedSettings & StanzaChoice> =
  defineStanzaFault<"message-refused", MessageRefusedSettings>({
    name: "message-refused",
    summary: "the server does not take a message and says so in its ack",
    settings: {
      error: integer({
        doc: "the error of the ack, like 420 or 429 for too many messages, 463 or 479",
        fallback: 429,
      }),
    },
    direction: "in",
    match: { doc: "which messages of the client", fallback: { tag: "message" } },
    arm: ({ error }, { context }) => ({
      matches: ({ stanza }) => stanza.tag === "message" && attr(stanza, "id") !== undefined,
      act: ({ connection, stanza }) => {
        const t = unixTime(context.clock);
        connection.sendAsItIs(ack(stanza, { t, error: String(error) }));
      },
    }),
  });
