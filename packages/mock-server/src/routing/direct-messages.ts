import { unixTime } from "../context.ts";
import { node } from "../replies.ts";
import { type BinaryNode, attr, child, requiredAttr } from "../wire/binary-node.ts";
import { LID_SERVER, namespaceOf, parseJid, userJid } from "../wire/jid.ts";
import { mayStartChat } from "./new-chats.ts";
import { mayWrite } from "./trusted-contacts.ts";
import { isBlocked } from "../world/blocklist.ts";
import type { Device } from "../world/device.ts";
import { deviceAt } from "./device-at.ts";
import { copied } from "./copied.ts";
import {
  type Copy,
  type Dispatch,
  type EncryptedCopy,
  type Letter,
  commonCopy,
  copiesForDevices,
} from "./letter.ts";
import { passedOn } from "./passed-on.ts";

/** A message between two people, or between the devices of one: each copy goes to the one device it is for. */
export function directMessage(letter: Letter): Dispatch {
  const { stanza, context, sender } = letter;
  const { world, strict } = context;
  const to = requiredAttr(stanza, "to");
  const target = world.resolve(to);
  if (target === undefined) return strict ? { error: "404" } : { copies: [] };
  const mayStart = mayStartChat(sender.account, target.account, context.clock);
  if (!mayStart || !mayWrite(context, letter, target.account)) return { error: "463" };
  const copies = oneForEach(encryptedCopies(stanza, to).flatMap((copy) => addressed(copy, letter)));
  // The sender is not told; only the own devices get their copies.
  if (isBlocked(target.account, sender.account)) {
    return { copies: copies.filter((each) => each.to.account === sender.account) };
  }
  sender.account.meet(target.account);
  return { copies };
}

/** A retry, or a word with the own phone, has one copy, for the device in `to`. */
function encryptedCopies(stanza: BinaryNode, to: string): readonly EncryptedCopy[] {
  const enc = commonCopy(stanza);
  return enc === undefined ? copiesForDevices(stanza) : [{ addressedAs: to, enc }];
}

/** Baileys lists its own devices twice in a note to itself. A device gets one copy all the same. */
function oneForEach(copies: readonly Copy[]): readonly Copy[] {
  const first = new Map<Device, Copy>();
  for (const copy of copies) if (!first.has(copy.to)) first.set(copy.to, copy);
  return [...first.values()];
}

function addressed(copy: EncryptedCopy, letter: Letter): readonly Copy[] {
  const device = deviceAt(copy.addressedAs, letter.sender.account, letter.context);
  return device === undefined ? [] : [{ to: device, stanza: forwarded(copy, device, letter) }];
}

/** The stanza as the receiving device sees it: from the sender's device, in the namespace that was written to. */
function forwarded(
  { addressedAs, enc }: EncryptedCopy,
  to: Device,
  { stanza, sender, context }: Letter,
): BinaryNode {
  const { account } = sender;
  const server = namespaceOf(parseJid(addressedAs));
  const own = to.account === account;
  const identity = attr(enc, "type") === "pkmsg" ? child(stanza, "device-identity") : undefined;
  return node(
    "message",
    {
      ...passedOn(stanza),
      id: requiredAttr(stanza, "id"),
      from: own ? sender.jidOn(server) : context.deviceView.nameOf(sender, server),
      t: unixTime(context.clock),
      notify: sender.pushName ?? account.name,
      ...(own
        ? ownCopyAttrs(stanza, context.world)
        : server === LID_SERVER
          ? { sender_pn: account.pn }
          : { sender_lid: account.lid }),
    },
    [copied(enc), ...(identity === undefined ? [] : [copied(identity)])],
  );
}

/** An own copy names the chat it was written to; word from the phone to its companions (`peer`) has none. */
function ownCopyAttrs(
  stanza: BinaryNode,
  world: Letter["context"]["world"],
): Record<string, string> {
  if (attr(stanza, "category") === "peer") return {};
  const chat = parseJid(attr(stanza, "recipient") ?? requiredAttr(stanza, "to"));
  const account = world.resolve(userJid(chat))?.account;
  const alternative =
    account === undefined
      ? {}
      : namespaceOf(chat) === LID_SERVER
        ? { peer_recipient_pn: account.pn }
        : { peer_recipient_lid: account.lid };
  return { recipient: userJid(chat), ...alternative };
}
