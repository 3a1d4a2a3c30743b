import { type ServerContext, unixTime } from "../context.ts";
import { node } from "../replies.ts";
import type { Account } from "../world/account.ts";

/** That several members of a group have got one message, or done more with it. */
export interface GroupedReceipt {
  readonly group: string;
  readonly messageId: string;
  readonly author: Account;
  readonly readers: readonly Account[];
  /** As on the wire; absent says that they have got it. */
  readonly type?: string | undefined;
}

/**
 * Tells the author's devices in one stanza what others come in as many as there are readers. whatsmeow reads it as
 * one receipt of each. Baileys (messages-recv.js handleReceipt) looks for one reader in an attribute, confirms the
 * stanza, and tells nobody.
 */
export function sendGroupedReceipt(receipt: GroupedReceipt, context: ServerContext): void {
  const { group, messageId, author, readers, type } = receipt;
  const t = unixTime(context.clock);
  const users = readers.map(({ lid }) => node("user", { jid: lid, t }));
  const stanza = node(
    "receipt",
    { from: group, id: context.nextId(), t, ...(type === undefined ? {} : { type }) },
    [node("participants", { key: messageId }, users)],
  );
  for (const device of author.groupDevices) device.deliver(stanza);
}
