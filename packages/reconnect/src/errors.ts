import { MotteError } from "@motte/core/errors";
import type { Disconnect } from "./disconnect.ts";

export type ReconnectErrorCode =
  | "RECONNECT_STOPPED"
  | "RECONNECT_HELD"
  | "RECONNECT_DISCONNECTED"
  | "RECONNECT_END_STUCK"
  | "RECONNECT_PAIRING_CODE_FAILED"
  | "RECONNECT_PEER_SILENT"
  | "RECONNECT_RECYCLED"
  | "RECONNECT_STATE_INVALID"
  | "RECONNECT_STATE_NEWER"
  | "RECONNECT_STATE_UNREADABLE";

export interface ReconnectErrorOptions extends ErrorOptions {
  readonly disconnect?: Disconnect | undefined;
  readonly retryable?: boolean;
}

/** What went wrong with a supervised connection. */
export class ReconnectError extends MotteError<ReconnectErrorCode> {
  /** The disconnect behind it, where there was one. */
  readonly disconnect: Disconnect | undefined;

  constructor(code: ReconnectErrorCode, message: string, options: ReconnectErrorOptions = {}) {
    const { disconnect, ...rest } = options;
    super(code, message, rest);
    this.disconnect = disconnect;
  }
}
