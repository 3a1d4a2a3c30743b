import { unixTime } from "../context.ts";
import { node } from "../replies.ts";
import { type BinaryNode, attr, children, requiredAttr } from "../wire/binary-node.ts";
import { type Jid, userJid } from "../wire/jid.ts";
import type { Account } from "../world/account.ts";
import type { Address } from "../world/world.ts";
import { copied } from "./copied.ts";
import type { Letter } from "./letter.ts";

/** Receipts that are between a client and its own phone, or its own server: nobody else hears of them. */
const PRIVATE_TYPES: readonly (string | undefined)[] = ["sender", "peer_msg", "hist_sync"];
/** What the person's other devices hear when a message was read on one. */
const SELF_TYPES: Readonly<Record<string, string>> = { read: "read-self", played: "played-self" };

/** Passes on what a device says of messages it was given. */
export function routeReceipt(letter: Letter): void {
  const { stanza, context } = letter;
  const type = attr(stanza, "type");
  const to = attr(stanza, "to");
  if (to === undefined) return;
  const author = context.world.resolve(attr(stanza, "participant") ?? to);
  if (author === undefined) return;
  if (type === "retry") return askAuthor(author, letter);
  if (PRIVATE_TYPES.includes(type)) return;
  if (type === "read-self" || type === "played-self") return tellOwnDevices(type, letter);
  // Receipts between own devices are not for the other person.
  if (author.account !== letter.sender.account) tellAuthor(author, letter);
  const selfType = type && SELF_TYPES[type];
  if (selfType !== undefined) tellOwnDevices(selfType, letter);
}

/** A retry goes to the one device that sent the message. */
function askAuthor(author: Address, { stanza, sender, context }: Letter): void {
  const { account, jid } = author;
  const requester =
    account === sender.account
      ? sender.jidOn(jid.server)
      : context.deviceView.nameOf(sender, jid.server);
  const recipient = attr(stanza, "recipient");
  const names = isGroupReceipt(stanza)
    ? { from: requiredAttr(stanza, "to"), participant: requester }
    : { from: requester };
  context.deviceView.find(author, sender.account)?.deliver(
    node(
      "receipt",
      {
        ...names,
        id: requiredAttr(stanza, "id"),
        t: unixTime(context.clock),
        type: "retry",
        // Baileys looks for its own message in the chat it was written to.
        ...(recipient === undefined ? {} : { recipient }),
      },
      children(stanza).map(copied),
    ),
  );
}

/** Every device of the author hears of it; a receipt between two people names no participant. */
function tellAuthor({ account, jid }: Address, { stanza, sender, context }: Letter): void {
  const type = attr(stanza, "type");
  const shown = type === "inactive" ? undefined : type;
  const reader = userOn(sender.account, jid);
  const names = isGroupReceipt(stanza)
    ? { from: requiredAttr(stanza, "to"), participant: reader }
    : { from: reader };
  const receipt = node(
    "receipt",
    {
      ...names,
      id: requiredAttr(stanza, "id"),
      t: unixTime(context.clock),
      ...(shown === undefined ? {} : { type: shown }),
    },
    children(stanza).map(copied),
  );
  for (const device of account.devices) device.deliver(receipt);
}

/** Baileys (messages-recv.js) takes a receipt from the own user for the chat in `recipient`. */
function tellOwnDevices(type: string, { stanza, sender, context }: Letter): void {
  const to = requiredAttr(stanza, "to");
  const chat = context.world.resolve(to);
  const participant = attr(stanza, "participant");
  const names =
    chat === undefined
      ? { from: to, ...(participant === undefined ? {} : { participant }) }
      : { from: userOn(sender.account, chat.jid), recipient: userJid(chat.jid) };
  const attrs = { ...names, id: requiredAttr(stanza, "id"), t: unixTime(context.clock), type };
  for (const device of sender.account.devices) {
    if (device !== sender) device.deliver(node("receipt", attrs, children(stanza).map(copied)));
  }
}

/** The user JID of an account, in the namespace of another one. */
function userOn(account: Account, { server }: Jid): string {
  return account.jidOn(server);
}

function isGroupReceipt(stanza: BinaryNode): boolean {
  return (
    attr(stanza, "participant") !== undefined &&
    /@(?:g\.us|broadcast)$/.test(requiredAttr(stanza, "to"))
  );
}
