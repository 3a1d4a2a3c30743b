import { STATUS_CODES } from "node:http";
import { type Fault, defineFault } from "../fault.ts";
import { choice, integer, optionalInteger, text } from "../setting.ts";

export interface UpgradeStatusSettings {
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly connection: "close" | "keep-alive";
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
    connection: choice({
      doc: "whether TCP ends after the answer",
      of: ["close", "keep-alive"],
      fallback: "close",
    }),
    body: text({ doc: "the body", fallback: "" }),
  },
  arm: ({ status, retryAfter, connection, body }) => ({
    act: ({ socket }) => {
      const head = [
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Status"}`,
        `connection: ${connection}`,
        `content-length: ${Buffer.byteLength(body)}`,
        ...(retryAfter === undefined ? [] : [`retry-after: ${retryAfter}`]),
      ];
      const answer = `${head.join("\r\n")}\r\n\r\n${body}`;
      // Whoever hangs up in the middle of it has only itself to blame.
      socket.on("error", () => socket.destroy());
      if (connection === "close") socket.end(answer);
      else socket.write(answer);
    },
  }),
});
