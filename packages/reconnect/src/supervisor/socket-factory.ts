import type { SupervisedSocket } from "./supervised-socket.ts";

/** What a factory is told about the socket it makes. */
export interface SocketContext {
  /** Counts the sockets of one supervisor, from 1. */
  readonly generation: number;
  /** Aborts when this socket is not wanted any more, even before it exists. */
  readonly signal: AbortSignal;
}

/** What a port adds to the context. */
export type ContextExtras = Omit<SocketContext, "generation" | "signal">;

/** Makes one socket. Called again for every connection, never while another socket of it is alive. */
export type SocketFactory<S extends SupervisedSocket> = (context: SocketContext) => S | Promise<S>;
