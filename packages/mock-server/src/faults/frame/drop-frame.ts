import type { Fault } from "../fault.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";

/** Frames have numbers that are not sent: after a gap nothing decrypts any more. */
export const dropFrame: Fault<"drop-frame", FrameDirection> = defineFrameFault({
  name: "drop-frame",
  summary: "an encrypted frame is lost: whoever gets the next one cannot decrypt it",
  settings: {},
  arm: () => ({ act: () => {} }),
});
