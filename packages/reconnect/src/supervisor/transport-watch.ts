import type { UnreadableStanza } from "../disconnect.ts";
import { parseRetryAfter } from "../retry-after.ts";
import { type SupervisedSocket, listen } from "./supervised-socket.ts";
import { unreadableStanza } from "./unreadable-stanza.ts";

/** What the transport shows and Baileys does not pass on. */
export interface TransportListener {
  /** The TCP or TLS connection is up and speaks WebSocket. */
  upgraded(): void;
  /** The server answered the upgrade with an HTTP status. Nothing comes after it. */
  refused(http: { readonly status: number; readonly retryAfterMs?: number }): void;
  /** The server has spoken: it knows us, or it wants to pair. */
  answered(): void;
  /** The WebSocket was closed with this code. */
  closed(code: number): void;
  /** The server has ended the stream in words that Baileys cannot read. */
  unreadable(stanza: UnreadableStanza): void;
  /** Baileys has begun to end the socket, and may be waiting for a peer that is gone. */
  ending(): void;
}

/** Watches one socket's transport and can cut it. */
export interface TransportWatch extends Disposable {
  /** Destroys the connection below the WebSocket, so that its close need not wait for the peer. */
  cut(): void;
}

/**
 * Listens on `sock.ws`, which re-emits what `ws` emits (Baileys Client/websocket.js).
 *
 * The raw socket comes from `upgrade`; before that, a refused upgrade's request is the one thing to destroy. Neither
 * event is documented by Baileys: where they do not come, cutting does nothing and `ws` closes after its own 30 s.
 */
export function watchTransport(
  { ws }: SupervisedSocket,
  listener: TransportListener,
  nowMs: () => number,
): TransportWatch {
  const below = new Set<Destroyable>();
  const subscriptions = [
    listen(ws, "upgrade", (response) => {
      if (hasSocket(response) && isDestroyable(response.socket)) below.add(response.socket);
      listener.upgraded();
    }),
    // Any listener for this event keeps ws from aborting the handshake itself, and Baileys has one that does nothing.
    listen(ws, "unexpected-response", (request, response) => {
      if (isDestroyable(request)) below.add(request);
      if (!isHttpResponse(response)) return;
      response.resume();
      const retryAfterMs = parseRetryAfter(response.headers["retry-after"], nowMs());
      const status = response.statusCode;
      listener.refused(retryAfterMs === undefined ? { status } : { status, retryAfterMs });
    }),
    listen(ws, "CB:success", () => listener.answered()),
    listen(ws, "CB:iq,type:set,pair-device", () => listener.answered()),
    // Baileys socket.js emits "frame" for everything that can be decrypted, before it reads it.
    listen(ws, "frame", (frame) => {
      const stanza = unreadableStanza(frame);
      if (stanza !== undefined) listener.unreadable(stanza);
    }),
    listen(ws, "close", (code) => {
      if (typeof code === "number") listener.closed(code);
    }),
    // Baileys socket.js end(): the first thing it does is to remove the transport's listeners, and nothing else
    // removes "message". There is no event for it, and its own wait for the close has no limit.
    listen(ws, "removeListener", (event) => {
      if (event === "message") listener.ending();
    }),
  ];
  return {
    cut: () => {
      for (const connection of below) connection.destroy();
    },
    [Symbol.dispose]: () => {
      // Last in, first out: "removeListener" goes first and does not hear the others leave.
      for (const subscription of subscriptions.toReversed()) subscription[Symbol.dispose]();
    },
  };
}

interface Destroyable {
  destroy(): unknown;
}

interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  resume(): unknown;
}

function isDestroyable(value: unknown): value is Destroyable {
  return isObject(value) && "destroy" in value && typeof value.destroy === "function";
}

function hasSocket(value: unknown): value is { readonly socket: unknown } {
  return isObject(value) && "socket" in value;
}

function isHttpResponse(value: unknown): value is HttpResponse {
  return (
    isObject(value) &&
    "statusCode" in value &&
    typeof value.statusCode === "number" &&
    "headers" in value &&
    isObject(value.headers) &&
    "resume" in value &&
    typeof value.resume === "function"
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
