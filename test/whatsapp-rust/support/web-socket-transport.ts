import { once } from "node:events";
import type { JsTransportCallbacks } from "whatsapp-rust-bridge";
import { WebSocket } from "ws";

/** The client's connections, one after the other. The client takes the functions off the object. */
export function webSocketTransport(url: string): JsTransportCallbacks {
  let socket: WebSocket | undefined;
  return {
    async connect(handle) {
      const opened = new WebSocket(url);
      socket = opened;
      opened.on("message", (data: Buffer) => handle.onData(data));
      opened.on("close", () => handle.onDisconnected());
      await once(opened, "open");
      // A lost network, after which "close" comes.
      opened.on("error", (error) => process.stderr.write(`${String(error)}\n`));
      handle.onConnected();
    },
    send(data) {
      // A copy: the bytes belong to the WebAssembly memory, and `ws` may still be sending when this returns.
      socket?.send(Buffer.from(data));
    },
    disconnect() {
      socket?.close();
    },
  };
}
