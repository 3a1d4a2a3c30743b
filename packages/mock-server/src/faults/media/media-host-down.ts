import { node } from "../../replies.ts";
import { children } from "../../wire/binary-node.ts";
import { withChanged, withContent } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { text } from "../setting.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

interface MediaHostDownSettings {
  /** The host in front of the others. */
  readonly hostname: string;
}

export const mediaHostDown: Fault<"media-host-down", MediaHostDownSettings & StanzaChoice> =
  defineStanzaFault<"media-host-down", MediaHostDownSettings>({
    name: "media-host-down",
    summary: "the first host that `media_conn` names cannot be reached, the next one can",
    settings: {
      // Nothing listens on the first port of any machine these days.
      hostname: text({ doc: "the host in front of the others", fallback: "127.0.0.1:1" }),
    },
    direction: "out",
    match: { doc: "answers that name hosts", fallback: { tag: "iq", child: "media_conn/host" } },
    arm: ({ hostname }) => ({
      act: (subject, pass) => {
        const down = node("host", { hostname, type: "primary" });
        const stanza = withChanged(subject.stanza, "media_conn", (connection) =>
          withContent(connection, [down, ...children(connection)]),
        );
        pass({ ...subject, stanza });
      },
    }),
  });
