import { MockServerError } from "../errors.ts";

/** What a client's QR code tells the phone. */
export interface PairingQr {
  readonly ref: string;
  readonly noiseKey: Buffer;
  readonly identityKey: Buffer;
  readonly advSecret: Buffer;
}

const KEY_BYTES = 32;

/** Reads the text of a QR code: `ref,noise,identity,secret[,platform]`, with or without a web address before `#`. */
export function parsePairingQr(text: string): PairingQr {
  const [ref, noise, identity, secret] = text.slice(text.indexOf("#") + 1).split(",");
  const keys = [noise, identity, secret].map((each) => Buffer.from(each ?? "", "base64"));
  const [noiseKey, identityKey, advSecret] = keys;
  const complete = keys.every((each) => each.length === KEY_BYTES);
  if (!ref || !complete || !noiseKey || !identityKey || !advSecret) {
    throw badQr("This is not the text of a pairing QR code");
  }
  return { ref, noiseKey, identityKey, advSecret };
}

export function badQr(what: string): MockServerError {
  return new MockServerError("MOCK_BAD_QR", `${what}: pass the qr of a connection.update as it is`);
}
