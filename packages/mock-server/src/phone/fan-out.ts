import type { ServerContext } from "../context.ts";
import type { proto } from "../wire/baileys.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import { parseJid } from "../wire/jid.ts";
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
  return toPerson(to, message, sending);
}

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

function clientsAmong(devices: readonly Device[]): number {
  return devices.filter(({ played }) => !played).length;
}

function noSuchChat(): MockServerError {
  return new MockServerError(
    "MOCK_NO_SUCH_CHAT",
    "Nobody on this server has this JID: pass a person or a group of this server",
  );
}
