import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** Only WebSockets are spoken here; any other upgrade is an offer that a server may leave alone (RFC 9110, 7.8). */
export function isWebSocketUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

/**
 * Puts the request back in front of its connection without the offer. Java's client and `curl --http2` make one with
 * every first request, and Node hands over all that offer anything once a server takes any upgrade at all.
 */
export function declineUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method = "GET", url = "/", httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    if (!/^(?:upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${value}`);
  }
  // Node reads the head of a request as Latin-1.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
}
