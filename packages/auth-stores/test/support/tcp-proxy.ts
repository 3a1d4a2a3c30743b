import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";

/** A stretch of network that a test can break. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Cuts every connection and lets no new one through. */
  readonly cutOff: () => void;
  readonly restore: () => void;
  /** Cuts the connection when the next answer comes back: what was asked has been done, and nobody knows. */
  readonly dropNextAnswer: () => void;
}

/** Forwards connections to a port of this machine. */
export async function tcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let dropAnswer = false;
  let isCutOff = false;
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    if (isCutOff) {
      near.destroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on("data", (chunk: Buffer) => {
      if (!dropAnswer) near.write(chunk);
      else {
        dropAnswer = false;
        drop();
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    // A server that listens on a port has an address object.
    port: (server.address() as AddressInfo).port,
    cutOff: () => {
      isCutOff = true;
      drop();
    },
    restore: () => {
      isCutOff = false;
    },
    dropNextAnswer: () => {
      dropAnswer = true;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      drop();
    },
  };
}
