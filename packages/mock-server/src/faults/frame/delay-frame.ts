import type { Fault } from "../fault.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";
import { heldFrames } from "../held-frames.ts";
import { integer } from "../setting.ts";

interface DelayFrameSettings {
  /** How long, in milliseconds on the server's clock. */
  readonly ms: number;
}

export const delayFrame: Fault<"delay-frame", DelayFrameSettings & FrameDirection> =
  defineFrameFault<"delay-frame", DelayFrameSettings>({
    name: "delay-frame",
    summary: "the network stands still for a while: a frame and all behind it come late, in order",
    settings: {
      ms: integer({ doc: "how long, in milliseconds on the server's clock", fallback: 1000 }),
    },
    arm: ({ ms }, { way, later }) => ({
      act: (frame, pass) => {
        const held = heldFrames(frame, pass, way);
        later(ms, () => held.release());
      },
    }),
  });
