import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";

/** Pairs with a code that is typed on the phone, instead of a QR code that it scans. */
export interface PairingOptions {
  /** The account's number in E.164 without the plus: 7 to 15 digits, the country code first. */
  readonly phoneNumber: string;
  /** Eight letters or digits to use as the code. @defaultValue Baileys draws one */
  readonly customCode?: string;
}

// E.164: at most fifteen digits, and no country code begins with a zero.
const E164_DIGITS = /^[1-9]\d{6,14}$/;
const CODE = /^[A-Za-z0-9]{8}$/;

/** Throws a `UsageError`, without the number in it, when the phone could never take this. */
export function checkPairing(pairing: PairingOptions): PairingOptions {
  assertKnownOptions("pairing", pairing, ["phoneNumber", "customCode"]);
  const { phoneNumber, customCode } = pairing;
  if (typeof phoneNumber !== "string" || !E164_DIGITS.test(phoneNumber)) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "pairing.phoneNumber must be 7 to 15 digits with the country code first: no plus, no spaces, no leading zero",
    );
  }
  if (customCode !== undefined && !CODE.test(customCode)) {
    throw new UsageError("USAGE_INVALID_OPTION", "pairing.customCode must be 8 letters or digits");
  }
  return pairing;
}
