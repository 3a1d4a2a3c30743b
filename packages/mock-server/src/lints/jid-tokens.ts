import { type Lint, anywhere } from "./lint.ts";

const SERVERS: readonly string[] = ["s.whatsapp.net", "lid", "g.us", "broadcast", "newsletter"];
const JID_ATTRIBUTES: readonly string[] = ["from", "to", "jid", "lid", "participant", "recipient"];

/** whatsmeow compares the server's address with the JID "@s.whatsapp.net"; the bare word is no JID to it. */
export const jidTokens: Lint = {
  name: "jid-tokens",
  check: (stanza) =>
    anywhere(stanza, ({ tag, attrs }) => {
      const bare = JID_ATTRIBUTES.find((name) => SERVERS.includes(attrs[name] ?? ""));
      return bare && `<${tag}> names a server in "${bare}" by a word: write it as @${attrs[bare]}`;
    }),
};
