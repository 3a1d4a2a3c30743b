import type { AuthenticationState, WAVersion } from "@whiskeysockets/baileys";
import type { SupervisedSocket } from "./supervised-socket.ts";

/** What a factory is told about the socket it makes. */
export interface SocketContext {
  /** Counts the sockets of one supervisor, from 1. */
  readonly generation: number;
  /** Aborts when this socket is not wanted any more, even before it exists. */
  readonly signal: AbortSignal;
  /** What the option `auth` opened: the same from socket to socket, until another program may have used it. */
  readonly auth?: AuthenticationState;
  /** What the option `version` found after the server had refused another. Absent until then. */
  readonly version?: WAVersion;
}

/** The context where the option `auth` is given. */
export type AuthenticatedContext = SocketContext & { readonly auth: AuthenticationState };

/** What a port adds to the context. */
export type ContextExtras = Omit<SocketContext, "generation" | "signal">;

/** Makes one socket. Called again for every connection, never while another socket of it is alive. */
export type SocketFactory<S extends SupervisedSocket> = (context: SocketContext) => S | Promise<S>;
