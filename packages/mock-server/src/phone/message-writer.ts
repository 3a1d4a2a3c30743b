import type { ServerContext } from "../context.ts";
import { takeBundle } from "../key-bundles.ts";
import { node } from "../replies.ts";
import { proto } from "../wire/baileys.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { Device } from "../world/device.ts";
import { pad } from "./padding.ts";
import { type SignalPeer, addressOf } from "./signal-peer.ts";

export interface MessageWriterParts {
  /** Its peer is another one once it has new keys. */
  readonly sender: Device & { readonly peer: SignalPeer };
  readonly context: ServerContext;
}

/** What one device gets of a message. */
export interface SealedFor {
  readonly device: Device;
  readonly message: proto.IMessage;
}

/** Encrypts messages of one device, in Signal sessions that are started where there are none. */
export class MessageWriter {
  readonly #parts: MessageWriterParts;

  constructor(parts: MessageWriterParts) {
    this.#parts = parts;
  }

  /** `<enc>` for one device. */
  async seal(
    { device, message }: SealedFor,
    attrs: Readonly<Record<string, string>> = {},
  ): Promise<BinaryNode> {
    const { sender, context } = this.#parts;
    const { peer } = sender;
    const address = addressOf(device);
    if (!(await peer.hasSession(address))) {
      await peer.startSession(address, takeBundle(device, context));
    }
    const { kind, bytes } = await peer.encrypt(address, this.#padded(message));
    return node("enc", { v: "2", type: kind, ...attrs }, bytes);
  }

  /** `<participants>` with a copy for each device, addressed in the namespace of `server`. Nothing for nobody. */
  async sealAll(
    copies: readonly SealedFor[],
    server: string,
    attrs: Readonly<Record<string, string>> = {},
  ): Promise<BinaryNode[]> {
    if (copies.length === 0) return [];
    const targets = await Promise.all(
      copies.map(async (copy) => {
        const enc = await this.seal(copy, attrs);
        return node("to", { jid: copy.device.jidOn(server) }, [enc]);
      }),
    );
    return [node("participants", {}, targets)];
  }

  /** `<enc>` for everybody in a group who has the sender's key. */
  sealForGroup(
    group: string,
    message: proto.IMessage,
    attrs: Readonly<Record<string, string>> = {},
  ): BinaryNode {
    const sealed = this.#parts.sender.peer.senderKeys.own(group).encrypt(this.#padded(message));
    return node("enc", { v: "2", type: "skmsg", ...attrs }, sealed);
  }

  /** `<device-identity>`, which a linked device sends along when it starts a session. */
  identity(content: readonly BinaryNode[]): BinaryNode[] {
    const { deviceIdentity } = this.#parts.sender;
    const starts = JSON.stringify(content.map(encryptions)).includes("pkmsg");
    return deviceIdentity !== undefined && starts
      ? [node("device-identity", {}, deviceIdentity)]
      : [];
  }

  #padded(message: proto.IMessage): Buffer {
    return pad(proto.Message.encode(message).finish(), this.#parts.context.random.for("padding"));
  }
}

/** How everything in a node is encrypted. */
function encryptions({ tag, attrs, content }: BinaryNode): unknown {
  if (tag === "enc") return attrs["type"];
  return Array.isArray(content) ? content.map(encryptions) : undefined;
}
