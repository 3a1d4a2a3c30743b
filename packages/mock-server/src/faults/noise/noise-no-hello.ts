import type { Fault } from "../fault.ts";
import { defineHelloFault } from "../hello-fault.ts";

export const noiseNoHello: Fault<"noise-no-hello", object> = defineHelloFault({
  name: "noise-no-hello",
  summary: "the server does not answer the client's hello",
  change: () => undefined,
});
