import type { ServerContext } from "../context.ts";
import type { proto } from "../wire/baileys.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import { LID_SERVER, parseJid } from "../wire/jid.ts";
import { MockServerError } from "../errors.ts";
import type { Device } from "../world/device.ts";
import type { MessageWriter, SealedFor } from "./message-writer.ts";
import type { SenderKeys } from "./sender-keys.ts";

/** Who gets a message, and how it is put together for them. */
export interface FanOut {
  /** How many real clients are among the receivers. */
  readonly clients: number;
  /** Attributes of the stanza that depend on the chat. */
  readonly attrs: Readonly<Record<string, string>>;
  seal(
    writer: MessageWriter,
    keys: SenderKeys,
    enc: Readonly<Record<string, string>>,
  ): Promise<BinaryNode[]>;
}

interface Sending {
  readonly sender: Device;
  readonly context: ServerContext;
}

/** Finds the devices of everybody in a chat. Throws `MOCK_NO_SUCH_CHAT`. */
export function composeFor(to: string, message: proto.IMessage, sending: Sending): FanOut {
  const { server } = parseJid(to);
  if (server === GROUP_SERVER) return toGroup(to, message, sending);
  if (to === STATUS) return toAudience(message, sending);
  return toPerson(to, message, sending);
}

const GROUP_SERVER = "g.us";
const STATUS = "status@broadcast";

/** Every device of both people gets its own copy; the sender's other devices are told where it went. */
function toPerson(to: string, message: proto.IMessage, { sender, context }: Sending): FanOut {
  const account = context.world.resolve(to)?.account;
  if (account === undefined) throw noSuchChat();
  const own = sender.account.devices.filter((each) => each !== sender);
  const others = account === sender.account ? [] : account.devices;
  const copies: SealedFor[] = [
    ...own.map((device) => ({
      device,
      message: { deviceSentMessage: { destinationJid: to, message } },
    })),
    ...others.map((device) => ({ device, message })),
  ];
  return {
    clients: clientsAmong(others),
    attrs: {},
    seal: async (writer, _keys, enc) => {
      const content = await writer.sealAll(copies, parseJid(to).server, enc);
      return [...content, ...writer.identity(content)];
    },
  };
}

/** Members know each other by LID there. */
function toGroup(to: string, message: proto.IMessage, { sender, context }: Sending): FanOut {
  const group = context.world.groups.get(to);
  if (group === undefined) throw noSuchChat();
  const readers = group.members.flatMap(({ account }) => account.groupDevices);
  return withSenderKey(to, message, without(readers, sender), { addressing_mode: "lid" });
}

/** A status post goes to everybody the person is in touch with. */
function toAudience(message: proto.IMessage, { sender }: Sending): FanOut {
  const { account } = sender;
  const readers = [account, ...account.acquaintances].flatMap(({ groupDevices }) => groupDevices);
  return withSenderKey(STATUS, message, without(readers, sender), {});
}

/** The content once for all, and before it the key for each device that does not have it. */
function withSenderKey(
  to: string,
  message: proto.IMessage,
  readers: readonly Device[],
  attrs: Readonly<Record<string, string>>,
): FanOut {
  return {
    clients: clientsAmong(readers),
    attrs,
    seal: async (writer, keys, enc) => {
      const lacking = keys.withoutOwn(to, readers, (device) => device.jidOn(LID_SERVER));
      // A status is for those it lists, so Baileys (messages-send.js) gives the key to all of them each time.
      const targets = to === STATUS ? readers : lacking;
      const axolotlSenderKeyDistributionMessage = keys.own(to).distribution();
      const key = {
        senderKeyDistributionMessage: { groupId: to, axolotlSenderKeyDistributionMessage },
      };
      const copies = targets.map((device) => ({ device, message: key }));
      const listed = await writer.sealAll(copies, LID_SERVER, enc);
      const content = [...listed, writer.sealForGroup(to, message, enc)];
      return [...content, ...writer.identity(content)];
    },
  };
}

function without(devices: readonly Device[], sender: Device): readonly Device[] {
  return devices.filter((each) => each !== sender);
}

function clientsAmong(devices: readonly Device[]): number {
  return devices.filter(({ played }) => !played).length;
}

function noSuchChat(): MockServerError {
  return new MockServerError(
    "MOCK_NO_SUCH_CHAT",
    "Nobody on this server has this JID: pass a person or a group of this server",
  );
}
