import type { Fault } from "../fault.ts";
import { defineHelloFault } from "../hello-fault.ts";

export const noiseTruncatedHello: Fault<"noise-truncated-hello", object> = defineHelloFault({
  name: "noise-truncated-hello",
  summary: "the server's hello ends in the middle",
  change: (hello) => hello.subarray(0, Math.floor(hello.length / 2)),
});
