import type { Fault } from "../fault.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";

export const reorderFrames: Fault<"reorder-frames", FrameDirection> = defineFrameFault({
  name: "reorder-frames",
  summary: "an encrypted frame comes behind the next one: neither decrypts",
  settings: {},
  arm:
    (_settings, { way }) =>
    (held, pass) => {
      const waiting = way.add((frame, passOther) => {
        passOther(frame);
        if (frame.connection !== held.connection) return;
        waiting[Symbol.dispose]();
        pass(held);
      });
      held.connection.onEnd(() => waiting[Symbol.dispose]());
    },
});
