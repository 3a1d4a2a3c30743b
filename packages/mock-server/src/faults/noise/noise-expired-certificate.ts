import type { Fault } from "../fault.ts";
import { defineNoiseCertificateFault } from "../noise-certificate-fault.ts";
import { integer } from "../setting.ts";

interface ExpiredCertificateSettings {
  /** Until when they are valid, in seconds since the epoch. */
  readonly notAfter: number;
}

export const noiseExpiredCertificate: Fault<
  "noise-expired-certificate",
  ExpiredCertificateSettings
> = defineNoiseCertificateFault<"noise-expired-certificate", ExpiredCertificateSettings>({
  name: "noise-expired-certificate",
  summary: "the certificates of the Noise handshake are of a time that is over",
  settings: {
    notAfter: integer({
      doc: "until when they are valid, in seconds since the epoch",
      fallback: 1_000_000_000,
    }),
  },
  flaws: ({ notAfter }) => ({ notAfter }),
});
