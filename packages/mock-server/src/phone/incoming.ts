import type { BinaryNode } from "../wire/binary-node.ts";
import type { Device } from "../world/device.ts";

/** A message or a request for a retry on its way to a virtual device, as it was when it came. */
export interface Incoming {
  readonly stanza: BinaryNode;
  readonly author: Device;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly at: number;
}
