import { unixTime } from "../context.ts";
import type { Login } from "../login.ts";
import { ack, node } from "../replies.ts";
import type { StanzaFamily } from "../router.ts";
import {
  type BinaryNode,
  attr,
  bytes,
  child,
  children,
  requiredAttr,
} from "../wire/binary-node.ts";
import { userJid } from "../wire/jid.ts";
import { readRetryBundle } from "../world/pre-key-bundle.ts";
import type { Address } from "../world/world.ts";

/** What became of messages the client was given: they are settled, and their senders hear of it. */
export const receipts: StanzaFamily = [
  {
    during: "login",
    tag: "receipt",
    async handle(stanza, login) {
      const { mailbox } = login.companion;
      const ids = idsOf(stanza);
      const type = attr(stanza, "type");
      for (const id of ids) {
        if (type === "retry") mailbox.settleByRetry(id);
        else mailbox.settle({ kind: "message", id });
      }
      login.send(ack(stanza));
      const sender = login.context.world.resolve(requiredAttr(stanza, "to"));
      if (sender === undefined) return;
      if (type === "retry") await askSender(sender, stanza, login);
      else tellSender(sender, stanza, login);
    },
  },
];

async function askSender(sender: Address, stanza: BinaryNode, login: Login): Promise<void> {
  const { account, jid } = sender;
  if (jid.device === 0) {
    const retry = child(stanza, "retry");
    await account.primary.resend({
      from: login.companion,
      id: requiredAttr(stanza, "id"),
      count: Number((retry && attr(retry, "count")) ?? 1),
      bundle: readRetryBundle(stanza),
    });
    return;
  }
  account
    .companion(jid.device)
    ?.deliver(forwarded(stanza, login.companion.jidOn(jid.server), login));
}

function tellSender(sender: Address, stanza: BinaryNode, login: Login): void {
  const { account, jid } = sender;
  const from = login.companion;
  account.primary.receiveReceipt({ from, ids: idsOf(stanza), type: attr(stanza, "type") });
  // Receipts between own devices are not for the other person's clients.
  if (account === login.account) return;
  const user = userJid({
    ...jid,
    user: jid.server === "lid" ? login.account.lidUser : login.account.phoneNumber,
  });
  for (const companion of account.companions) companion.deliver(forwarded(stanza, user, login));
}

/** A receipt between two people carries no participant. */
function forwarded(stanza: BinaryNode, from: string, { context }: Login): BinaryNode {
  const type = attr(stanza, "type");
  const shown = type === "inactive" ? undefined : type;
  return node(
    "receipt",
    {
      from,
      id: requiredAttr(stanza, "id"),
      t: unixTime(context.clock),
      ...(shown === undefined ? {} : { type: shown }),
    },
    children(stanza).map(copied),
  );
}

function copied(content: BinaryNode): BinaryNode {
  return Array.isArray(content.content)
    ? node(content.tag, content.attrs, content.content.map(copied))
    : node(content.tag, content.attrs, bytes(content));
}

function idsOf(stanza: BinaryNode): readonly string[] {
  const list = child(stanza, "list");
  const more =
    list === undefined ? [] : children(list, "item").map((item) => requiredAttr(item, "id"));
  return [requiredAttr(stanza, "id"), ...more];
}
