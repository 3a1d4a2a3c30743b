import { type Fault, defineFault } from "../fault.ts";

export const acceptSilent: Fault<"accept-silent", object> = defineFault({
  name: "accept-silent",
  place: "accept",
  summary: "a TCP connection is accepted, and then nobody says anything",
  settings: {},
  arm: () => ({ act: () => {} }),
});
