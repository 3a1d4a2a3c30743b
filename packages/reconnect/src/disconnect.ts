import type { CredentialsVerdict, DisconnectCause, DisconnectOrigin } from "./causes.ts";

/** A connection's end, understood. Plain data: it can be logged, stored and compared. */
export interface Disconnect {
  readonly cause: DisconnectCause;
  readonly origin: DisconnectOrigin;
  readonly credentials: CredentialsVerdict;
  /** Baileys' status code, or the HTTP status of a refused upgrade. */
  readonly code?: number;
  /** The WebSocket close code, which Baileys drops. */
  readonly wsCode?: number;
  /** The error's own text, without phone numbers. */
  readonly message: string;
  /** Whether a pairing was ever completed, where that is known. */
  readonly paired?: boolean;
  /** How long the server wants us to stay away. */
  readonly retryAfterMs?: number;
  /** Why a temporary ban was given: 101 to 104 or 106 (whatsmeow events.go). */
  readonly banCode?: number;
  /** What the server said before the end, where Baileys could not read it. */
  readonly stanza?: UnreadableStanza;
  /** What WhatsApp would show the user about a locked account. */
  readonly notice?: { readonly header?: string; readonly subtext?: string };
}

/** What the caller of `classify` knows and the error does not say. */
export interface ClassifyContext {
  /** The program itself asked for this end. Beats every other evidence. */
  readonly intent?: "stop" | "logout" | "recycle";
  /** The answer to a refused WebSocket upgrade, which Baileys drops. */
  readonly http?: { readonly status: number; readonly retryAfterMs?: number };
  /** A watcher outside Baileys gave up on the connection; `replaced` when another program owns the account now. */
  readonly watchdog?: "connect-timeout" | "zombie" | "factory-error" | "replaced";
  /**
   * Whether a pairing was ever completed. Read it from `creds.account`: `creds.me` is set before a code pairing
   * completes and `creds.registered` stays false after a QR login.
   */
  readonly paired?: boolean;
  readonly wsClose?: { readonly code: number };
  /** The server's last words, where Baileys could not read them and so reported something else or nothing. */
  readonly stanza?: UnreadableStanza;
}

/** A `<failure>` or `<stream:error>` whose code is no number from 400 on. */
export interface UnreadableStanza {
  readonly tag: "failure" | "stream:error";
  /** What stands in place of the number. */
  readonly code: string;
}
