import { createHash } from "node:crypto";
import { PN_SERVER } from "../wire/jid.ts";
import type { Account } from "./account.ts";

const HASH_BYTES = 6;

/** What clients compare device lists by, as whatsmeow computes it: six bytes of a hash over the sorted addresses. */
export function deviceListHash(account: Account, numbers: readonly number[]): string {
  const addresses = numbers.map((number) => `${account.phoneNumber}.0:${number}@${PN_SERVER}`);
  const digest = createHash("sha256").update(addresses.toSorted().join("")).digest();
  return `2:${digest.subarray(0, HASH_BYTES).toString("base64")}`;
}
