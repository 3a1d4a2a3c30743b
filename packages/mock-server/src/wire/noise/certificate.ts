import { proto } from "../baileys.ts";
import { type KeyPair, sign } from "../curve.ts";

export interface CertificateKeys {
  readonly root: KeyPair;
  readonly intermediate: KeyPair;
  /** The key the leaf vouches for. */
  readonly leafKey: Uint8Array;
}

const { Details } = proto.CertChain.NoiseCertificate;

// Valid at every time a test may set its clock to: some clients compare these with their own.
const VALIDITY = { notBefore: 0, notAfter: 4_000_000_000 };

/** An encoded `CertChain` with every serial and signature right: the root signs the intermediate, that signs the leaf. */
export function certificateChain({ root, intermediate, leafKey }: CertificateKeys): Buffer {
  // noise-handler.js: the intermediate's issuerSerial must equal WA_CERT_DETAILS.SERIAL, which is 0.
  const intermediateDetails = Details.encode({
    serial: 1,
    issuerSerial: 0,
    key: intermediate.public,
    ...VALIDITY,
  }).finish();
  const leafDetails = Details.encode({
    serial: 2,
    issuerSerial: 1,
    key: leafKey,
    ...VALIDITY,
  }).finish();
  return Buffer.from(
    proto.CertChain.encode({
      intermediate: {
        details: intermediateDetails,
        signature: sign(root, intermediateDetails),
      },
      leaf: { details: leafDetails, signature: sign(intermediate, leafDetails) },
    }).finish(),
  );
}
