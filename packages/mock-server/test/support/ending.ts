import type { Socket } from "node:net";

/** How a socket ends: with the code of its error, or in good order. */
export function ending(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    let code: unknown = "closed";
    socket.on("error", (error) => (code = "code" in error ? error.code : error));
    socket.on("close", () => resolve(code));
    socket.resume();
  });
}
