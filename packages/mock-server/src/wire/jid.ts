import { WireError } from "./errors.ts";

export const PN_SERVER = "s.whatsapp.net";
export const LID_SERVER = "lid";

/** The number of the device Meta runs for a business that has its chats in the cloud, and how its JIDs end. */
export const HOSTED_DEVICE = 99;
const HOSTED_SERVERS: ReadonlyMap<string, string> = new Map([
  [PN_SERVER, "hosted"],
  [LID_SERVER, "hosted.lid"],
]);
const NAMESPACES: ReadonlyMap<string, string> = new Map(
  [...HOSTED_SERVERS].map(([namespace, hosted]) => [hosted, namespace]),
);

/** The server itself as a JID: an empty user, so that it travels as a JID and not as a token. */
export const SERVER_JID: string = `@${PN_SERVER}`;

/** An address `user[_agent][:device]@server`. Device 0 is the primary device and is not written out. */
export interface Jid {
  readonly user: string;
  readonly server: string;
  readonly device: number;
  readonly agent?: number;
}

const JID = /^(?<user>[^@:]*?)(?:_(?<agent>\d{1,3}))?(?::(?<device>\d{1,5}))?@(?<server>[^@:]+)$/;

/** Reads a JID. Throws a `WireError` for anything else. */
export function parseJid(text: string): Jid {
  const jid = tryParseJid(text);
  // The text may hold a phone number, so it stays out of the message.
  if (jid === undefined)
    throw new WireError("WIRE_BAD_JID", "A JID has the form user[:device]@server");
  return jid;
}

export function tryParseJid(text: string): Jid | undefined {
  const groups = JID.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { user = "", server = "", device, agent } = groups;
  return {
    user,
    // c.us is the name the phone-number server had before multi-device.
    server: server === "c.us" ? PN_SERVER : server,
    device: device === undefined ? 0 : Number(device),
    ...(agent === undefined ? {} : { agent: Number(agent) }),
  };
}

export function formatJid({ user, server, device, agent }: Jid): string {
  const agentPart = agent === undefined ? "" : `_${agent}`;
  const devicePart = device === 0 ? "" : `:${device}`;
  return `${user}${agentPart}${devicePart}@${server}`;
}

/** The server whose users an address speaks of: only a device is ever on one of the hosted servers. */
export function namespaceOf({ server }: Pick<Jid, "server">): string {
  return NAMESPACES.get(server) ?? server;
}

/** The address of a device of a user; the hosted one has a server of its own in each namespace. */
export function deviceJid(jid: Pick<Jid, "user" | "server" | "device">): string {
  const namespace = namespaceOf(jid);
  const hosted = jid.device === HOSTED_DEVICE ? HOSTED_SERVERS.get(namespace) : undefined;
  return formatJid({ ...jid, server: hosted ?? namespace });
}

/** Whom an address means, whichever way a client wrote it: without a device, and the server as `SERVER_JID`. */
export function addresseeOf(text: string): string {
  // Clients write the server as a JID without a user or as a token.
  if (text === PN_SERVER) return SERVER_JID;
  const jid = tryParseJid(text);
  return jid === undefined ? text : userJid(jid);
}

/** The same address without its device. */
export function userJid(jid: Jid): string {
  return formatJid({ user: jid.user, server: namespaceOf(jid), device: 0 });
}
