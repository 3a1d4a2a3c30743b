import type { Fault } from "../fault.ts";
import { defineHelloFault } from "../hello-fault.ts";

const GARBAGE_BYTE = 0xff;

export const noiseGarbageHello: Fault<"noise-garbage-hello", object> = defineHelloFault({
  name: "noise-garbage-hello",
  summary: "the server's hello is nothing a client could read",
  change: (hello) => Buffer.alloc(hello.length, GARBAGE_BYTE),
});
