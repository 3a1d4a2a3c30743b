import type { Passage } from "../passages/passage.ts";
import type { Frame } from "../passages/passages.ts";

type Pass = (frame: Frame) => void;

export interface HeldFrames {
  /** How many there are. */
  readonly size: number;
  /** Takes them out, oldest first, and holds nothing any more. */
  take(): readonly Frame[];
  /** Lets them go in order. */
  release(): void;
}

/** Holds back one frame and every one of its connection after it. */
export function heldFrames(first: Frame, pass: Pass, way: Passage<Frame>): HeldFrames {
  const frames: Frame[] = [first];
  const holding = way.add((frame, passOther) => {
    if (frame.connection === first.connection) frames.push(frame);
    else passOther(frame);
  });
  first.connection.onEnd(() => holding[Symbol.dispose]());
  const take = (): readonly Frame[] => {
    holding[Symbol.dispose]();
    return frames.splice(0);
  };
  return {
    get size() {
      return frames.length;
    },
    take,
    release: () => {
      for (const frame of take()) pass(frame);
    },
  };
}
