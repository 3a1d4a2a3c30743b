import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import { routeMessage } from "../routing/messages.ts";
import { routeReceipt } from "../routing/receipts.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { Device } from "../world/device.ts";
import { receiptAbout } from "./receipt-stanzas.ts";

/** A device the server plays, and the server it posts to. */
export interface Poster {
  readonly sender: Device;
  readonly context: ServerContext;
}

/** Hands a message to the server as a client does. Throws `MOCK_MESSAGE_NOT_ACCEPTED` when it will not take it. */
export function postMessage(stanza: BinaryNode, { sender, context }: Poster): void {
  const routed = routeMessage({ stanza, sender, context });
  if (routed.error !== undefined) {
    throw new MockServerError(
      "MOCK_MESSAGE_NOT_ACCEPTED",
      `The server does not take this message: error ${routed.error}. 403 says that the sender may not write to this group, 463 that it may not start this chat`,
    );
  }
  routed.deliver();
}

/** Says something of a message that came. */
export function postReceipt(
  about: BinaryNode,
  { sender, context }: Poster,
  attrs?: Readonly<Record<string, string>>,
  content?: BinaryNode[],
): void {
  routeReceipt({ stanza: receiptAbout(about, attrs, content), sender, context });
}
