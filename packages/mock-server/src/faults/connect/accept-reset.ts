import { type Fault, defineFault } from "../fault.ts";

export const acceptReset: Fault<"accept-reset", object> = defineFault({
  name: "accept-reset",
  place: "accept",
  summary: "a TCP connection ends with RST right after it was accepted",
  settings: {},
  arm: () => ({ act: ({ socket }) => void socket.resetAndDestroy() }),
});
