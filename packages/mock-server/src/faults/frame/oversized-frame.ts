import type { Fault } from "../fault.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";

const LARGEST = 0xff_ff_ff;
const LENGTH_BYTES = 3;

export const oversizedFrame: Fault<"oversized-frame", FrameDirection> = defineFrameFault({
  name: "oversized-frame",
  summary: "a frame says that it has 16 MiB, and they never come",
  settings: {},
  arm: () => (frame, pass) => {
    const bytes = Buffer.from(frame.bytes);
    bytes.writeUIntBE(LARGEST, 0, LENGTH_BYTES);
    pass({ ...frame, bytes });
  },
});
