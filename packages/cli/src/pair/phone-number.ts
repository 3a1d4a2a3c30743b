import { UsageError } from "@motte/core/errors";

// ITU-T E.164: a country code, which begins with no zero, and the number within it, fifteen digits at most.
const E164_DIGITS = /^[1-9]\d{6,14}$/;
// What people put between the digits of a number.
const SEPARATORS = /[\s().\-/\u2010-\u2015\u00A0\u202F]/g;
// "+44 (0) 20 …" means two numbers: the zero is for those who dial from within the country.
const TRUNK_ZERO = /\(\s*0\s*\)/;

/**
 * The digits of a phone number, as WhatsApp takes them: `+1 (234) 567-8901` becomes `12345678901`.
 *
 * Throws a `UsageError`, without the number in it, for anything that cannot be a number in international form.
 */
export function e164Digits(text: string): string {
  if (TRUNK_ZERO.test(text)) {
    throw refused("has a zero in brackets, which is not dialled from abroad: leave it out");
  }
  const digits = text.replaceAll(SEPARATORS, "").replace(/^\+/, "");
  if (digits === "") throw refused("is empty");
  if (!/^\d+$/.test(digits)) throw refused("holds something other than digits");
  if (digits.startsWith("00")) throw dialledAbroad();
  if (digits.startsWith("0")) throw refused("begins with a zero, so its country code is missing");
  if (E164_DIGITS.test(digits)) return digits;
  throw refused(`has ${digits.length} digits, and international numbers have 7 to 15`);
}

// 00 is what most countries dial to get out, and no part of the number (ITU-T E.164, "international prefix").
function dialledAbroad(): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    'The phone number begins with 00, and one in international form does not: write a + instead of the 00, as in --phone "+49…"',
  );
}

function refused(problem: string): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `The phone number ${problem}: write the account's number with its country code, such as --phone "+1 234 567 8901"`,
  );
}
