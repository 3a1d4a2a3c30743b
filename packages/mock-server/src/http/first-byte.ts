import type { Socket } from "node:net";

const TLS_HANDSHAKE = 0x16;

/**
 * Whether the client opens with TLS. Calls `decide` with the answer when its first bytes are there, however late,
 * and puts them back for whoever `decide` hands the socket to. Never calls it for a client that says nothing.
 */
export function sniffTls(socket: Socket, decide: (tls: boolean) => void): void {
  socket.once("data", (chunk: Buffer) => {
    socket.pause();
    socket.unshift(chunk);
    decide(chunk[0] === TLS_HANDSHAKE);
    // The new owner has put its listeners on, and a TLS server has taken what was put back.
    process.nextTick(() => socket.resume());
  });
}
