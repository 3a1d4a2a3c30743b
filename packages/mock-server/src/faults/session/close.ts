import { UsageError } from "@motte/core/errors";
import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";
import { integer } from "../setting.ts";

interface CloseSettings {
  /** The close code: 1000 to 1014 but for 1004 to 1006, or 3000 to 4999. */
  readonly code: number;
}

const CODE = integer({
  doc: "the close code: 1000 to 1014 but for 1004 to 1006, or 3000 to 4999",
  fallback: 1000,
  min: 1000,
  max: 4999,
});

// RFC 6455, 7.4: these say what was seen, and nobody may send them.
const UNSENDABLE: ReadonlySet<number> = new Set([1004, 1005, 1006]);
const LAST_OF_THE_PROTOCOL = 1014;
const FIRST_OF_OTHERS = 3000;

function sendableCode(name: string, value: number): number {
  const isReserved = value > LAST_OF_THE_PROTOCOL && value < FIRST_OF_OTHERS;
  if (!isReserved && !UNSENDABLE.has(value)) return value;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${name} must be a code that may be sent; for a connection that ends without one there is the fault "cut"`,
  );
}

/** Baileys loses the code: any close of the WebSocket is 428 to it (socket.js). */
export const close: Fault<"close", CloseSettings & SessionMoment> = defineSessionFault<
  "close",
  CloseSettings
>({
  name: "close",
  summary: "the WebSocket is closed in good order, with a code",
  settings: {
    code: { ...CODE, read: (name, value) => sendableCode(name, CODE.read(name, value)) },
  },
  act: (connection, { code }) => connection.close(code),
});
