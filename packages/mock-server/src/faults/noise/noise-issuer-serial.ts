import type { Fault } from "../fault.ts";
import { defineNoiseCertificateFault } from "../noise-certificate-fault.ts";
import { integer } from "../setting.ts";

interface IssuerSerialSettings {
  /** The issuer's serial, which clients want to be 0. */
  readonly serial: number;
}

export const noiseIssuerSerial: Fault<"noise-issuer-serial", IssuerSerialSettings> =
  defineNoiseCertificateFault<"noise-issuer-serial", IssuerSerialSettings>({
    name: "noise-issuer-serial",
    summary: "the certificates of the Noise handshake are of another authority",
    settings: {
      serial: integer({ doc: "the issuer's serial, which clients want to be 0", fallback: 7 }),
    },
    flaws: ({ serial }) => ({ issuerSerial: serial }),
  });
