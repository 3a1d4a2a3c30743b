import { proto } from "../baileys.ts";
import { type KeyPair, sign } from "../curve.ts";

export interface CertificateKeys {
  readonly root: KeyPair;
  readonly intermediate: KeyPair;
  /** The key the leaf vouches for. */
  readonly leafKey: Uint8Array;
}

/** What can be wrong with a chain. */
export interface CertificateFlaws {
  /** Until when it is valid, in seconds since the epoch. @defaultValue later than any time a test may set */
  readonly notAfter?: number;
  /** Who issued the intermediate. @defaultValue `0`, as noise-handler.js demands */
  readonly issuerSerial?: number;
  /** Both signatures are wrong, and have so many bytes. @defaultValue they are right */
  readonly badSignatureBytes?: number;
}

const { Details } = proto.CertChain.NoiseCertificate;

// Valid at every time a test may set its clock to: some clients compare these with their own.
const VALIDITY = { notBefore: 0, notAfter: 4_000_000_000 };

/** An encoded `CertChain` with every serial and signature right: the root signs the intermediate, that signs the leaf. */
export function certificateChain(
  { root, intermediate, leafKey }: CertificateKeys,
  { issuerSerial = 0, notAfter = VALIDITY.notAfter, badSignatureBytes }: CertificateFlaws = {},
): Buffer {
  const signed = (by: KeyPair, details: Uint8Array): Buffer => {
    if (badSignatureBytes !== undefined) return Buffer.alloc(badSignatureBytes, 1);
    return sign(by, details);
  };
  // noise-handler.js: the intermediate's issuerSerial must equal WA_CERT_DETAILS.SERIAL, which is 0.
  const intermediateDetails = Details.encode({
    serial: 1,
    issuerSerial,
    key: intermediate.public,
    ...VALIDITY,
    notAfter,
  }).finish();
  const leafDetails = Details.encode({
    serial: 2,
    issuerSerial: 1,
    key: leafKey,
    ...VALIDITY,
    notAfter,
  }).finish();
  return Buffer.from(
    proto.CertChain.encode({
      intermediate: {
        details: intermediateDetails,
        signature: signed(root, intermediateDetails),
      },
      leaf: { details: leafDetails, signature: signed(intermediate, leafDetails) },
    }).finish(),
  );
}
