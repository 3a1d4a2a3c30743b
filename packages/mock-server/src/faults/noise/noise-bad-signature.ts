import type { Fault } from "../fault.ts";
import { defineNoiseCertificateFault } from "../noise-certificate-fault.ts";

export const noiseBadSignature: Fault<"noise-bad-signature", object> = defineNoiseCertificateFault({
  name: "noise-bad-signature",
  summary: "the certificates of the Noise handshake are signed wrongly, as by a man in the middle",
  settings: {},
  flaws: () => ({ badSignatures: true }),
});
