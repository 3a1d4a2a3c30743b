import type { BinaryNode, WASocket, WAVersion } from "@whiskeysockets/baileys";

/** What one flush of Baileys' event buffer holds. */
export type EventMap = Parameters<Parameters<WASocket["ev"]["process"]>[0]>[0];

/** The part of a Baileys socket that the supervisor touches. Every `WASocket` is one. */
export interface SupervisedSocket {
  readonly ev: WASocket["ev"];
  readonly ws: SocketTransport;
  readonly authState?: { readonly creds: SupervisedCreds };
  end(error: Error | undefined): Promise<void>;
  generateMessageTag?(): string;
  sendNode?(node: BinaryNode): Promise<void>;
  query?(node: BinaryNode, timeoutMs?: number): Promise<unknown>;
  requestPairingCode?(phoneNumber: string, customCode?: string): Promise<string>;
}

/** The part of the credentials that the supervisor looks at. */
export interface SupervisedCreds {
  readonly me?: { readonly id: string } | undefined;
  readonly account?: unknown;
  readonly registered?: boolean;
}

/** Baileys' wrapper around the WebSocket: an event emitter that also re-emits what `ws` emits. */
export interface SocketTransport {
  readonly isClosed: boolean;
  readonly isClosing: boolean;
  readonly config?: {
    readonly connectTimeoutMs?: number;
    readonly qrTimeout?: number | undefined;
    readonly version?: WAVersion;
  };
  on(event: string, listener: (...values: unknown[]) => void): unknown;
  off(event: string, listener: (...values: unknown[]) => void): unknown;
}

/** Subscribes to one event of the transport; disposing the result unsubscribes. */
export function listen(
  transport: SocketTransport,
  event: string,
  listener: (...values: unknown[]) => void,
): Disposable {
  transport.on(event, listener);
  return { [Symbol.dispose]: () => void transport.off(event, listener) };
}
