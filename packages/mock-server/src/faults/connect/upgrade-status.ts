import { STATUS_CODES } from "node:http";
import { type Fault, defineFault } from "../fault.ts";
import { flag, integer, optionalInteger, text } from "../setting.ts";

interface UpgradeStatusSettings {
  /** Any from 200 to 599. */
  readonly status: number;
  /** The `Retry-After` header, in seconds. */
  readonly retryAfter: number | undefined;
  /** TCP does not end after the answer. */
  readonly keepAlive: boolean;
  /** The body. */
  readonly body: string;
}

export const upgradeStatus: Fault<"upgrade-status", UpgradeStatusSettings> = defineFault<
  "upgrade-status",
  "upgrade",
  UpgradeStatusSettings
>({
  name: "upgrade-status",
  place: "upgrade",
  summary: "the server answers the WebSocket upgrade with an HTTP status",
  settings: {
    status: integer({ doc: "any from 200 to 599", fallback: 503, min: 200, max: 599 }),
    retryAfter: optionalInteger({ doc: "the `Retry-After` header, in seconds" }),
    keepAlive: flag({ doc: "TCP does not end after the answer", fallback: false }),
    body: text({ doc: "the body", fallback: "" }),
  },
  arm: ({ status, retryAfter, keepAlive, body }) => ({
    act: ({ socket }) => {
      const head = [
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Status"}`,
        `connection: ${keepAlive ? "keep-alive" : "close"}`,
        `content-length: ${Buffer.byteLength(body)}`,
        ...(retryAfter === undefined ? [] : [`retry-after: ${retryAfter}`]),
      ];
      const answer = `${head.join("\r\n")}\r\n\r\n${body}`;
      // Whoever hangs up in the middle of it has only itself to blame.
      socket.on("error", () => socket.destroy());
      // Only who reads hears of the other's end.
      socket.resume();
      if (keepAlive) socket.write(answer);
      else socket.end(answer);
    },
  }),
});
