import type { Login } from "../session/login.ts";
import { deviceAt } from "../routing/device-at.ts";
import { settledSender } from "../routing/settlement.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { type BinaryNode, attr, requiredAttr } from "../wire/binary-node.ts";

/** "I have your stanza", or for a message with an error, "I will not take it". Either way it is settled. */
export const acks: StanzaFamily = [
  {
    during: "login",
    tag: "ack",
    handle(stanza, login) {
      const id = attr(stanza, "id");
      // Baileys refuses a message that has no id by an ack that has none either.
      if (id === undefined) return;
      const kind = requiredAttr(stanza, "class");
      const error = kind === "message" ? attr(stanza, "error") : undefined;
      if (error === undefined) {
        const sender = settledSender(stanza, login.context.world);
        login.companion.mailbox.settle({ kind, id, type: attr(stanza, "type"), ...sender });
      } else {
        onRefusal(stanza, { id, error }, login);
      }
    },
  },
  // The answer to the phone's notification in pairing by code.
  { during: "pairing", tag: "ack", handle() {} },
];

function onRefusal(
  stanza: BinaryNode,
  { id, error }: { readonly id: string; readonly error: string },
  { companion, context }: Login,
): void {
  const message = { kind: "message", id, ...settledSender(stanza, context.world) };
  if (!companion.mailbox.settleByRefusal(message)) return;
  const author = attr(stanza, "participant") ?? attr(stanza, "to");
  if (author === undefined) return;
  const device = deviceAt(author, companion.account, context);
  if (device?.played) device.refused(id, companion, error);
}
