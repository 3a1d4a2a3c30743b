import { attr, child, children, requiredAttr } from "../wire/binary-node.ts";
import type { Device } from "../world/device.ts";
import { deviceAt } from "./device-at.ts";
import { groupCopy, isHosted, ownParts } from "./group-messages.ts";
import type { Dispatch, Letter } from "./letter.ts";

/**
 * A status post. Its audience is whom the sender lists: devices that get the sender's key, or (whatsapp-rust) whole
 * users that have it already. The sender's other devices see it too.
 */
export function statusMessage(letter: Letter): Dispatch {
  const { stanza, sender, context } = letter;
  if (isHosted(sender)) return { error: "403" };
  const retryFor = attr(stanza, "participant");
  const own = ownParts(letter);
  const audience = new Set<Device>(own.keys());
  const participants = child(stanza, "participants");
  for (const target of participants === undefined ? [] : children(participants, "to")) {
    if (child(target, "enc") !== undefined) continue;
    const account = context.world.resolve(requiredAttr(target, "jid"))?.account;
    for (const device of account?.groupDevices ?? []) audience.add(device);
  }
  if (retryFor === undefined) {
    for (const device of sender.account.groupDevices) audience.add(device);
  } else {
    const device = deviceAt(retryFor, sender.account, context);
    if (device !== undefined) audience.add(device);
  }
  audience.delete(sender);
  return {
    copies: [...audience].map((to) => ({ to, stanza: groupCopy(own.get(to), to, letter) })),
  };
}
