import { MotteError } from "@motte/core/errors";

export type WireErrorCode =
  | "WIRE_BAD_JID"
  | "WIRE_BAD_FRAME"
  | "WIRE_FRAME_TOO_LARGE"
  | "WIRE_BAD_NODE"
  | "WIRE_NOISE_FAILED"
  | "WIRE_HANDSHAKE_TIMEOUT"
  | "WIRE_TOO_MUCH_UNSENT";

/** The other side, or a test, put something on the wire that cannot be read. Ends the connection, never the server. */
export class WireError extends MotteError<WireErrorCode> {}
