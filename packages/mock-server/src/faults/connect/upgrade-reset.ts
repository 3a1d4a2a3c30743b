import { type Fault, defineFault } from "../fault.ts";

export const upgradeReset: Fault<"upgrade-reset", object> = defineFault({
  name: "upgrade-reset",
  place: "upgrade",
  summary: "the TCP connection ends with RST in the middle of the WebSocket upgrade",
  settings: {},
  arm: () => ({ act: ({ tcp }) => void tcp.resetAndDestroy() }),
});
