import type { Fault } from "../fault.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";

export const duplicateFrame: Fault<"duplicate-frame", FrameDirection> = defineFrameFault({
  name: "duplicate-frame",
  summary: "an encrypted frame comes twice: the second time it does not decrypt",
  settings: {},
  arm: () => ({
    act: (frame, pass) => {
      pass(frame);
      pass(frame);
    },
  }),
});
