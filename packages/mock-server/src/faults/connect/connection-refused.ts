import type { Fault } from "../fault.ts";
import { defineImmediateFault } from "../immediate-fault.ts";
import { integer } from "../setting.ts";

interface ConnectionRefusedSettings {
  /** For how long, in milliseconds on the server's clock. */
  readonly forMs: number;
}

export const connectionRefused: Fault<"connection-refused", ConnectionRefusedSettings> =
  defineImmediateFault<"connection-refused", ConnectionRefusedSettings>({
    name: "connection-refused",
    summary: "nothing listens at the port: new connections are refused, those that are there stay",
    settings: {
      forMs: integer({
        doc: "for how long, in milliseconds on the server's clock",
        fallback: 1000,
        min: 1,
      }),
    },
    act: ({ forMs }, { context, later }) => {
      context.door.shut();
      later(forMs, () => {
        context.door.open().catch((error: unknown) => {
          context.logger.error({ err: error }, "the port could not be opened again");
        });
      });
    },
  });
