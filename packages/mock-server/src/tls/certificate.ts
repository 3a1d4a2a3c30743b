import { type KeyObject, X509Certificate, createHash, createPublicKey, sign } from "node:crypto";
import { isIP } from "node:net";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
} from "@peculiar/asn1-x509";

const COMMON_NAME = "2.5.4.3";
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
// Valid at every time a test may set its clock to: clients compare these with their own.
const VALIDITY = { notBefore: new Date(0), notAfter: new Date(4_000_000_000_000) };

export interface CertificateParts {
  readonly subject: string;
  readonly issuer: string;
  /** Its public half goes into the certificate. */
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly serial: Buffer;
  readonly extensions: readonly Extension[];
  /** @defaultValue later than any time a test may set */
  readonly notAfter?: Date;
}

/** Signs an X.509 certificate and returns it as PEM. */
export function signCertificate(parts: CertificateParts): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: exact(positive(parts.serial)),
    signature: algorithm,
    issuer: name(parts.issuer),
    subject: name(parts.subject),
    validity: new Validity({ ...VALIDITY, ...(parts.notAfter && { notAfter: parts.notAfter }) }),
    subjectPublicKeyInfo: publicKeyInfo(parts.key),
    extensions: new Extensions([...parts.extensions]),
  });
  const signature = sign("sha256", Buffer.from(AsnConvert.serialize(body)), parts.signer);
  const certificate = new Certificate({
    tbsCertificate: body,
    signatureAlgorithm: algorithm,
    signatureValue: exact(signature),
  });
  return new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString();
}

/** What makes a certificate an authority, and one for these names only: its key may be known to others. */
export function authorityExtensions(key: KeyObject, names: readonly string[]): Extension[] {
  const subtrees = names.map((each) => new GeneralSubtree({ base: subtreeOf(each) }));
  return [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign)),
    extension(
      id_ce_nameConstraints,
      new NameConstraints({ permittedSubtrees: new GeneralSubtrees(subtrees) }),
    ),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifier(key)), false),
  ];
}

/** What makes a certificate that of a server with these names. */
export function serverExtensions(authority: KeyObject, names: readonly string[]): Extension[] {
  const issuer = new AuthorityKeyIdentifier({
    keyIdentifier: new KeyIdentifier(keyIdentifier(authority)),
  });
  return [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: false })),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth]), false),
    extension(id_ce_authorityKeyIdentifier, issuer, false),
    extension(id_ce_subjectAltName, new SubjectAlternativeName(names.map(generalName)), false),
  ];
}

function extension(id: string, value: object, critical = true): Extension {
  return new Extension({
    extnID: id,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

function name(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName });
  const attribute = new AttributeTypeAndValue({ type: COMMON_NAME, value });
  return new Name([new RelativeDistinguishedName([attribute])]);
}

function generalName(host: string): GeneralName {
  return new GeneralName(isIP(host) === 0 ? { dNSName: host } : { iPAddress: host });
}

/** A name and all below it, or one address. */
function subtreeOf(host: string): GeneralName {
  const family = isIP(host);
  if (family === 0) return new GeneralName({ dNSName: host.replace(/^\*\./, "") });
  return new GeneralName({ iPAddress: `${host}/${family === 4 ? 32 : 128}` });
}

function publicKeyInfo(key: KeyObject): SubjectPublicKeyInfo {
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  return AsnConvert.parse(der, SubjectPublicKeyInfo);
}

/** RFC 5280, 4.2.1.2: SHA-1 over the public key. */
function keyIdentifier(key: KeyObject): ArrayBuffer {
  const { subjectPublicKey } = publicKeyInfo(key);
  return exact(createHash("sha1").update(Buffer.from(subjectPublicKey)).digest());
}

/** The first bit is the sign. */
function positive(serial: Buffer): Buffer {
  const bytes = Buffer.from(serial);
  bytes.writeUInt8((bytes.readUInt8(0) & 0b0111_1111) | 0b0100_0000, 0);
  return bytes;
}

/** The bytes in a buffer of their own: Node's buffers share one. */
function exact(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
