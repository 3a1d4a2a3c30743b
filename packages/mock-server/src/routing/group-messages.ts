import { unixTime } from "../context.ts";
import { node } from "../replies.ts";
import { type BinaryNode, attr, child, requiredAttr } from "../wire/binary-node.ts";
import { HOSTED_DEVICE, LID_SERVER } from "../wire/jid.ts";
import type { Device } from "../world/device.ts";
import type { Group } from "../world/group.ts";
import { deviceAt } from "./device-at.ts";
import { copied } from "./copied.ts";
import { type Dispatch, type Letter, commonCopy, copiesForDevices } from "./letter.ts";
import { passedOn } from "./passed-on.ts";

/**
 * A message to a group: every device of every member gets the common part, which the sender's key opens, and its own
 * part, which holds that key, where there is one. A device without the key asks the sender for it by a retry.
 */
export function groupMessage(letter: Letter): Dispatch {
  const { stanza, sender, context } = letter;
  const group = context.world.groups.get(requiredAttr(stanza, "to"));
  if (group === undefined) return { error: "404" };
  if (!group.maySend(sender.account) || isHosted(sender)) return { error: "403" };
  const retryFor = attr(stanza, "participant");
  const devices =
    retryFor === undefined
      ? group.members.flatMap(({ account }) => account.groupDevices)
      : oneMember(retryFor, group, letter);
  const own = ownParts(letter);
  return {
    copies: devices
      .filter((device) => device !== sender)
      .map((to) => ({ to, stanza: groupCopy(own.get(to), to, letter) })),
  };
}

/** WhatsApp has no group messages and no statuses of hosted devices. */
export function isHosted({ device }: Device): boolean {
  return device === HOSTED_DEVICE;
}

function oneMember(jid: string, group: Group, { sender, context }: Letter): readonly Device[] {
  const device = deviceAt(jid, sender.account, context);
  return device !== undefined && group.has(device.account) ? [device] : [];
}

/** The part of a message that only one device can read, by device. */
export function ownParts({ stanza, sender, context }: Letter): ReadonlyMap<Device, BinaryNode> {
  const parts = new Map<Device, BinaryNode>();
  for (const { addressedAs, enc } of copiesForDevices(stanza)) {
    const device = deviceAt(addressedAs, sender.account, context);
    if (device !== undefined) parts.set(device, enc);
  }
  return parts;
}

/** The stanza as one device sees it. The part for it alone goes first: it holds the key to the other. */
export function groupCopy(
  ownPart: BinaryNode | undefined,
  to: Device,
  { stanza, sender, context }: Letter,
): BinaryNode {
  const { account } = sender;
  const common = commonCopy(stanza);
  const parts = [ownPart, common].filter((each) => each !== undefined);
  const startsSession = parts.some((enc) => attr(enc, "type") === "pkmsg");
  const identity = startsSession ? child(stanza, "device-identity") : undefined;
  return node(
    "message",
    {
      ...passedOn(stanza),
      id: requiredAttr(stanza, "id"),
      from: requiredAttr(stanza, "to"),
      participant:
        to.account === account
          ? sender.jidOn(LID_SERVER)
          : context.deviceView.nameOf(sender, LID_SERVER),
      participant_pn: account.pn,
      addressing_mode: "lid",
      t: unixTime(context.clock),
      notify: sender.pushName ?? account.name,
    },
    [...parts, ...(identity === undefined ? [] : [identity])].map(copied),
  );
}
