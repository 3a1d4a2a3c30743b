import type { SeededRandom } from "@motte/core/random";
import { type KeyPair, keyPairFromBytes } from "./wire/curve.ts";
import { certificateChain } from "./wire/noise/certificate.ts";

/** The keys a server proves itself with. All come from the seed, so a restarted server is the same server. */
export interface Trust {
  /** What a client that checks the chain has to be told to trust. */
  readonly rootKey: Buffer;
  readonly staticKey: KeyPair;
  readonly certificateChain: Buffer;
}

export function seededTrust(random: SeededRandom): Trust {
  const key = (label: string): KeyPair => keyPairFromBytes(random.fork(label).bytes(32));
  const root = key("root");
  const staticKey = key("static");
  const chain = certificateChain({
    root,
    intermediate: key("intermediate"),
    leafKey: staticKey.public,
  });
  return { rootKey: root.public, staticKey, certificateChain: chain };
}
