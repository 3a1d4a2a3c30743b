import type { Passage } from "../passages/passage.ts";
import type { Frame } from "../passages/passages.ts";

type Pass = (frame: Frame) => void;

export interface HeldFrames {
  /** Takes them out, oldest first, and holds nothing any more. */
  take(): readonly Frame[];
  /** Lets them go in order. */
  release(): void;
}

/** Holds back one frame and every one of its connection after it. */
export function heldFrames(first: Frame, pass: Pass, way: Passage<Frame>): HeldFrames {
  const frames: { readonly frame: Frame; readonly pass: Pass }[] = [{ frame: first, pass }];
  let open = false;
  const holding = way.add((frame, passOther) => {
    // Others may hold a frame that was on its way here, and let it go when this is over.
    if (!open && frame.connection === first.connection) frames.push({ frame, pass: passOther });
    else passOther(frame);
  });
  const end = first.connection.onEnd(() => holding[Symbol.dispose]());
  const take = (): typeof frames => {
    open = true;
    holding[Symbol.dispose]();
    end[Symbol.dispose]();
    return frames.splice(0);
  };
  return {
    take: () => take().map(({ frame }) => frame),
    release: () => {
      for (const { frame, pass: passOn } of take()) passOn(frame);
    },
  };
}
