import type { Fault } from "../fault.ts";
import { flipped } from "../flipped.ts";
import { defineHelloFault } from "../hello-fault.ts";

export const noiseBadTag: Fault<"noise-bad-tag", object> = defineHelloFault({
  name: "noise-bad-tag",
  summary: "the server's hello was changed on its way: it does not decrypt",
  // The last bytes of the hello are the tag of its payload.
  change: (hello) => flipped(hello, -1),
});
