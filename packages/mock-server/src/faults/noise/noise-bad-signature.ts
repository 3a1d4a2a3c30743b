import type { Fault } from "../fault.ts";
import { defineNoiseCertificateFault } from "../noise-certificate-fault.ts";
import { integer } from "../setting.ts";

const SIGNATURE_BYTES = 64;

interface BadSignatureSettings {
  /** How long the signatures are. */
  readonly bytes: number;
}

/** Baileys notices only signatures of another length (crypto.js: `verify` takes `false` for a yes). */
export const noiseBadSignature: Fault<"noise-bad-signature", BadSignatureSettings> =
  defineNoiseCertificateFault<"noise-bad-signature", BadSignatureSettings>({
    name: "noise-bad-signature",
    summary:
      "the certificates of the Noise handshake are signed wrongly, as by a man in the middle",
    settings: {
      bytes: integer({
        doc: "how long the signatures are",
        fallback: SIGNATURE_BYTES,
        max: SIGNATURE_BYTES,
      }),
    },
    flaws: ({ bytes }) => ({ badSignatureBytes: bytes }),
  });
