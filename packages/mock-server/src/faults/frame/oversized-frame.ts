import type { Fault } from "../fault.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";

/** The length in front of a frame. */
const LARGEST = Buffer.from([0xff, 0xff, 0xff]);

export const oversizedFrame: Fault<"oversized-frame", FrameDirection> = defineFrameFault({
  name: "oversized-frame",
  summary: "a frame says that it has 16 MiB, and they never come",
  settings: {},
  arm: () => ({
    act: (frame, pass) => {
      // Another fault may have left less of the frame than its length.
      const rest = frame.bytes.subarray(LARGEST.length);
      pass({ ...frame, bytes: Buffer.concat([LARGEST, rest]) });
    },
  }),
});
