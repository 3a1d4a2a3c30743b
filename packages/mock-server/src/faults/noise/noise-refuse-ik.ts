import { type Fault, defineFault } from "../fault.ts";

/** Baileys never asks for IK; whatsapp-rust does once it knows the server's static key. */
export const noiseRefuseIk: Fault<"noise-refuse-ik", object> = defineFault({
  name: "noise-refuse-ik",
  place: "noise",
  summary: "a client that remembers the server's key may not skip half of the handshake",
  settings: {},
  arm: () => ({
    act: ({ trust, options }, pass) => pass({ trust, options: { ...options, refuseIk: true } }),
  }),
});
