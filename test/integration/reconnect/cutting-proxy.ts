import { once } from "node:events";
import { type Socket, connect, createServer } from "node:net";

/** A TCP proxy in front of a mock server that cuts connections, or leaves them half open. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  /** Connections that were cut. */
  readonly cuts: number;
  /** From now on nothing comes through the connections there are, either way, and nobody hears of any end. */
  stall(): void;
}

/** The first connections get as many bytes as `plan` says, one number each; those after them get all. */
export async function cuttingProxy(
  server: { readonly port: number; readonly url: string },
  plan: readonly number[] = [],
): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const stalled = new WeakSet<Socket>();
  let accepted = 0;
  let cuts = 0;
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    let left = plan[accepted++] ?? Number.POSITIVE_INFINITY;
    const upstream = connect(server.port, "127.0.0.1");
    track(client);
    track(upstream);
    client.on("close", () => upstream.destroy());
    client.on("end", () => stalled.has(client) || upstream.destroy());
    upstream.on("close", () => stalled.has(client) || client.destroy());
    client.on("data", (chunk: Buffer) => stalled.has(client) || upstream.write(chunk));
    upstream.on("data", (chunk: Buffer) => {
      if (stalled.has(client)) return;
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0 || client.destroyed) return;
      cuts++;
      client.destroySoon();
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port");
  const url = new URL(server.url);
  url.port = String(address.port);
  return {
    url: url.href,
    get cuts() {
      return cuts;
    },
    stall: () => {
      for (const socket of sockets) stalled.add(socket);
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}
