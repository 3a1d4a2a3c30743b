import type { Connection } from "../../connection/connection.ts";
import type { Fault } from "../fault.ts";
import { type FrameDirection, defineFrameFault } from "../frame-fault.ts";

export const reorderFrames: Fault<"reorder-frames", FrameDirection> = defineFrameFault({
  name: "reorder-frames",
  summary: "an encrypted frame comes behind the next one: neither decrypts",
  settings: {},
  arm: (_settings, { way }) => {
    const holding = new WeakSet<Connection>();
    return {
      // The next one, for which the one before it waits, is no occasion.
      matches: ({ connection }) => !holding.has(connection),
      act: (held, pass) => {
        const { connection } = held;
        holding.add(connection);
        const waiting = way.add((frame, passOther) => {
          passOther(frame);
          if (frame.connection !== connection) return;
          stop();
          end[Symbol.dispose]();
          pass(held);
        });
        const stop = (): void => {
          holding.delete(connection);
          waiting[Symbol.dispose]();
        };
        const end = connection.onEnd(stop);
      },
    };
  },
});
