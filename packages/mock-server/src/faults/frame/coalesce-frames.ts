import type { Fault } from "../fault.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";
import { heldFrames } from "../held-frames.ts";
import { integer } from "../setting.ts";

export interface CoalesceFramesSettings {
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
    arm:
      ({ ms }, { way, later }) =>
      (frame, pass) => {
        const held = heldFrames(frame, pass, way);
        later(ms, () => {
          const bytes = Buffer.concat(held.take().map((each) => each.bytes));
          pass({ ...frame, bytes });
        });
      },
  });
