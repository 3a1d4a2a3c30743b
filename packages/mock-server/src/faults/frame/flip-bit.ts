import type { Fault } from "../fault.ts";
import { flipped } from "../flipped.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";

export const flipBit: Fault<"flip-bit", FrameDirection> = defineFrameFault({
  name: "flip-bit",
  summary: "a frame was changed on its way: it does not decrypt",
  settings: {},
  arm: () => ({
    act: (frame, pass) => pass({ ...frame, bytes: flipped(frame.bytes, -1) }),
  }),
});
