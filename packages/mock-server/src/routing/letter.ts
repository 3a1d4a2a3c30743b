import type { Clock } from "@motte/core/clock";
import type { ServerContext } from "../context.ts";
import { type BinaryNode, child, children, requiredAttr } from "../wire/binary-node.ts";
import type { Device } from "../world/device.ts";

/** What routing needs to know of the server. */
export interface RoutingContext extends Pick<ServerContext, "world" | "strict" | "deviceView"> {
  readonly clock: Clock;
}

/** A stanza on its way from one device to others. */
export interface Letter {
  readonly stanza: BinaryNode;
  readonly sender: Device;
  readonly context: RoutingContext;
}

/** A stanza and the device it is for. */
export interface Copy {
  readonly to: Device;
  readonly stanza: BinaryNode;
}

/** What becomes of a letter: the copies to hand out, or why the server will not take it. */
export type Dispatch =
  | {
      readonly copies: readonly Copy[];
      /** Further attributes of the ack. */
      readonly ack?: Readonly<Record<string, string>>;
    }
  | { readonly error: MessageError };

/**
 * The errors of a message's ack: 401 and 403 not allowed, 404 nobody there, 421 addressed the wrong way, 463 no token
 * for a first contact, 479 malformed.
 */
export type MessageError = "401" | "403" | "404" | "421" | "463" | "479";

/** One encrypted copy inside a letter, and the device JID it is for, as the sender wrote it. */
export interface EncryptedCopy {
  readonly addressedAs: string;
  readonly enc: BinaryNode;
}

/** The copies in `<participants>`. */
export function copiesForDevices(stanza: BinaryNode): readonly EncryptedCopy[] {
  const participants = child(stanza, "participants");
  if (participants === undefined) return [];
  return children(participants, "to").flatMap((target) =>
    children(target, "enc").map((enc) => ({ addressedAs: requiredAttr(target, "jid"), enc })),
  );
}

/** The copy directly under the message, for everybody in a group, or for the one device in `to`. */
export function commonCopy(stanza: BinaryNode): BinaryNode | undefined {
  return child(stanza, "enc");
}
