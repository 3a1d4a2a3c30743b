import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";
import { integer } from "../setting.ts";

export interface CloseSettings {
  readonly code: number;
}

/** Baileys loses the code: any close of the WebSocket is 428 to it (socket.js). */
export const close: Fault<"close", CloseSettings & SessionMoment> = defineSessionFault<
  "close",
  CloseSettings
>({
  name: "close",
  summary: "the WebSocket is closed in good order, with a code",
  settings: {
    code: integer({
      doc: "the close code: 1000 to 1014, or 3000 to 4999",
      fallback: 1000,
      min: 1000,
      max: 4999,
    }),
  },
  act: (connection, { code }) => connection.close(code),
});
