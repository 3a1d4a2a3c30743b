import type { Fault } from "../fault.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";
import { integer } from "../setting.ts";

interface SplitFrameSettings {
  /** How large the pieces are. */
  readonly bytes: number;
}

/** Allowed, and rare enough that clients get it wrong: a frame may be cut anywhere, its length too. */
export const splitFrame: Fault<"split-frame", SplitFrameSettings & FrameDirection> =
  defineFrameFault<"split-frame", SplitFrameSettings>({
    name: "split-frame",
    summary: "a frame comes in pieces, a WebSocket message each",
    settings: {
      bytes: integer({ doc: "how large the pieces are", fallback: 2, min: 1 }),
    },
    arm: ({ bytes: size }) => ({
      act: (frame, pass) => {
        for (let start = 0; start < frame.bytes.length; start += size) {
          pass({ ...frame, bytes: frame.bytes.subarray(start, start + size) });
        }
      },
    }),
  });
