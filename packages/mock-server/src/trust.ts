import type { SeededRandom } from "@motte/core/random";
import { type KeyPair, keyPairFromBytes } from "./wire/curve.ts";
import { type CertificateFlaws, certificateChain } from "./wire/noise/certificate.ts";

/** The keys a server proves itself with. All come from the seed, so a restarted server is the same server. */
export interface Trust {
  /** What a client that checks the chain has to be told to trust. */
  readonly rootKey: Buffer;
  readonly staticKey: KeyPair;
  readonly certificateChain: Buffer;
}

/** @param flaws What is wrong with the chain, for clients that look */
export function seededTrust(random: SeededRandom, flaws?: CertificateFlaws): Trust {
  const key = (label: string): KeyPair => keyPairFromBytes(random.fork(label).bytes(32));
  const root = key("root");
  const staticKey = key("static");
  const intermediate = key("intermediate");
  const chain = certificateChain({ root, intermediate, leafKey: staticKey.public }, flaws);
  return { rootKey: root.public, staticKey, certificateChain: chain };
}
