import type { proto } from "../wire/baileys.ts";
import { parseJid } from "../wire/jid.ts";
import type { Device } from "../world/device.ts";
import type { SentMessage } from "./outbox.ts";
import type { SignalPeer } from "./signal-peer.ts";

interface Sender extends Pick<Device, "account"> {
  readonly peer: SignalPeer;
}

/** What one device needs to read a message it could not: in a group the key as well, as an own device a copy. */
export function messageForOne(
  { to, message, attrs }: SentMessage,
  device: Device,
  sender: Sender,
): proto.IMessage {
  if (isShared(to)) {
    const key = sender.peer.senderKeys.own(to).distribution();
    const distribution = { groupId: to, axolotlSenderKeyDistributionMessage: key };
    return { ...message, senderKeyDistributionMessage: distribution };
  }
  const copy = device.account === sender.account && attrs["category"] !== "peer";
  return copy ? { deviceSentMessage: { destinationJid: to, message } } : message;
}

/** The attributes that take a message to one device only (Baileys messages-send.js: relayMessage with a participant). */
export function namesForOne(
  { to }: SentMessage,
  { device, jid }: { readonly device: Device; readonly jid: string },
  sender: Sender,
): Record<string, string> {
  if (isShared(to)) return { to, participant: jid };
  const own = device.account === sender.account && parseJid(to).device === 0;
  return { to: jid, device_fanout: "false", ...(own ? { recipient: to } : {}) };
}

/** Whether sender keys are used in this chat. */
function isShared(jid: string): boolean {
  const { server } = parseJid(jid);
  return server === "g.us" || server === "broadcast";
}
