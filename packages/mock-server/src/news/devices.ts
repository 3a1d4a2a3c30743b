import { type ServerContext, unixTime } from "../context.ts";
import { notify } from "./notify.ts";
import { node } from "../replies.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import { LID_SERVER, PN_SERVER } from "../wire/jid.ts";
import type { Account } from "../world/account.ts";
import { deviceListHash } from "../world/device-list-hash.ts";
import type { Device } from "../world/device.ts";

/** Adds a device to its account and tells everybody who writes to the person. */
export function linkDevice(device: Device, context: ServerContext): void {
  device.account.link(device);
  announce("add", device, context);
}

/** Takes a device from its account, tells everybody, and ends its connection: its credentials are of no use any more. */
export function unlinkDevice(device: Device, context: ServerContext): void {
  const { account } = device;
  if (account.device(device.device) !== device) return;
  account.unlink(device);
  announce("remove", device, context);
  if (!device.played) context.logins.get(device)?.logOut();
}

/** Tells everybody who writes to a person that the phone has other keys (Baileys: identity-change-handler.js). */
export function announceNewIdentity(account: Account, context: ServerContext): void {
  const news = {
    type: "encrypt",
    from: account.pn,
    attrs: { lid: account.lid },
    content: [node("identity")],
  };
  for (const other of writersTo(account, context)) notify(context, other, news);
}

/** Those who have the person in a chat or a group, and may hold keys of their devices. */
function writersTo(account: Account, { world }: ServerContext): readonly Account[] {
  const inGroups = world.groups.of(account).flatMap(({ members }) => members);
  const writers = new Set([...account.acquaintances, ...inGroups.map((each) => each.account)]);
  writers.delete(account);
  return [...writers];
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
  for (const other of [account, ...writersTo(account, context)])
    notify(context, other, news, except);
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
