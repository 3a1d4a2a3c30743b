import { sendCall } from "../news/calls.ts";
import { ack, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { copied } from "../routing/copied.ts";
import { attr, children, requiredAttr } from "../wire/binary-node.ts";

const TOKEN_BYTES = 16;

/**
 * Calls, without any sound: `rejectCall` of Baileys' messages-recv.js, which waits for the ack, and `createCallLink`
 * of chats.js, which waits for the link. The other side hears what a client says.
 */
export const calls: StanzaFamily = [
  {
    during: "login",
    tag: "call",
    child: "link_create",
    handle(stanza, login) {
      const token = login.context.random.for("calls").bytes(TOKEN_BYTES).toString("base64url");
      const answer = ack(stanza, { type: "link_create" });
      // Not a <call>: Baileys would take that for one that rings.
      login.send({ ...answer, content: [node("link_create", { token })] });
    },
  },
  {
    during: "login",
    tag: "call",
    handle(stanza, { account, context, connection }) {
      const [part] = children(stanza);
      connection.send(ack(stanza, part === undefined ? {} : { type: part.tag }));
      const target = context.world.resolve(requiredAttr(stanza, "to"));
      if (part === undefined || target === undefined) return;
      target.account.settings.callAnswers.set(attr(part, "call-id") ?? "", part.tag);
      sendCall(context, { from: account, to: target.account }, copied(part));
    },
  },
];
