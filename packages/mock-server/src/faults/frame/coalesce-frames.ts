import type { Connection } from "../../connection/connection.ts";
import type { Fault } from "../fault.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";
import { heldFrames } from "../held-frames.ts";
import { integer } from "../setting.ts";

interface CoalesceFramesSettings {
  /** For how long frames are gathered, in milliseconds on the server's clock. */
  readonly ms: number;
}

/** Allowed; whatsmeow reads one frame per message only. */
export const coalesceFrames: Fault<"coalesce-frames", CoalesceFramesSettings & FrameDirection> =
  defineFrameFault<"coalesce-frames", CoalesceFramesSettings>({
    name: "coalesce-frames",
    summary: "several frames come in one WebSocket message",
    settings: {
      ms: integer({
        doc: "for how long frames are gathered, in milliseconds on the server's clock",
        fallback: 50,
      }),
    },
    arm: ({ ms }, { way, later }) => {
      const gathering = new WeakSet<Connection>();
      return {
        // A frame that is gathered is no occasion to begin anew.
        matches: ({ connection }) => !gathering.has(connection),
        act: (frame, pass) => {
          const { connection } = frame;
          gathering.add(connection);
          const held = heldFrames(frame, pass, way);
          later(ms, () => {
            gathering.delete(connection);
            const bytes = Buffer.concat(held.take().map((each) => each.bytes));
            pass({ ...frame, bytes });
          });
        },
      };
    },
  });
