import { UsageError } from "@motte/core/errors";
import type { SeededRandom } from "@motte/core/random";

// Area code 555 of the North American plan is not assigned, so no number made here can be a real person's.
const NUMBER_PREFIX = "1555";

/** The phone number a name has under this seed. `attempt` gives the next one when two names meet. */
export function phoneNumberFor(name: string, random: SeededRandom, attempt: number): string {
  return NUMBER_PREFIX + digits(random.fork(`phone-number ${attempt} ${name}`), 7);
}

/** The LID user a phone number has under this seed. */
export function lidUserFor(phoneNumber: string, random: SeededRandom): string {
  return `10${digits(random.fork(`lid ${phoneNumber}`), 13)}`;
}

/** The digits of a phone number written with or without `+`, spaces and dashes. */
export function normalPhoneNumber(text: string): string {
  const number = text.replaceAll(/[\s().+-]/g, "");
  if (/^[1-9]\d{6,14}$/.test(number)) return number;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "phoneNumber must have the country code and 7 to 15 digits, like 15550001234",
  );
}

function digits(random: SeededRandom, count: number): string {
  return Array.from({ length: count }, () => Math.floor(random.next() * 10)).join("");
}
