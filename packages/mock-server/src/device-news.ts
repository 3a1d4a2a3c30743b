import { type ServerContext, unixTime } from "./context.ts";
import { notify } from "./notify.ts";
import { node } from "./replies.ts";
import type { BinaryNode } from "./wire/binary-node.ts";
import { LID_SERVER, PN_SERVER } from "./wire/jid.ts";
import { deviceListHash } from "./world/device-list-hash.ts";
import type { Device } from "./world/device.ts";

/** Adds a device to its account and tells everybody who writes to the person. */
export function linkDevice(device: Device, context: ServerContext): void {
  device.account.link(device);
  announce("add", device, context);
}

/** Takes a device from its account, tells everybody, and ends its connection: its credentials are of no use any more. */
export function unlinkDevice(device: Device, context: ServerContext): void {
  device.account.unlink(device);
  announce("remove", device, context);
  if (!device.played) context.logins.get(device)?.logOut();
}

/** One operation a notification: whatsmeow and whatsapp-rust read no second one. */
function announce(operation: "add" | "remove", device: Device, context: ServerContext): void {
  const { account } = device;
  const t = unixTime(context.clock);
  const keyIndexes = node("key-index-list", { ts: t }, account.primary.signedKeyIndexList());
  const hash = deviceListHash(
    account,
    account.devices.map((each) => each.device),
  );
  const change = node(operation, { device_hash: hash }, [
    deviceNode(device, { lid: device.jidOn(LID_SERVER) }),
    keyIndexes,
  ]);
  const news = {
    type: "devices",
    from: account.pn,
    attrs: { lid: account.lid },
    content: [change],
  };
  const except = device.played ? {} : { except: device };
  for (const other of [account, ...account.acquaintances]) notify(context, other, news, except);
  const own = node("devices", { dhash: hash }, [
    ...account.devices.map((each) => deviceNode(each)),
    keyIndexes,
  ]);
  notify(context, account, { type: "account_sync", from: account.pn, content: [own] }, except);
}

function deviceNode(device: Device, attrs: Readonly<Record<string, string>> = {}): BinaryNode {
  const index = device.device === 0 ? {} : { "key-index": String(device.device) };
  return node("device", { jid: device.jidOn(PN_SERVER), ...index, ...attrs });
}
