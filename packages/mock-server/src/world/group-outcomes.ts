import type { Account } from "./account.ts";
import type { Invitation } from "./group-invitations.ts";

/** What became of one person in a request about several: 200, or why not. */
export interface MemberOutcome {
  readonly status: 200 | 403 | 404 | 406 | 408 | 409;
  /** How the person can come in all the same. */
  readonly invitation?: Invitation;
  /** The person waits for an admin. */
  readonly waiting?: true;
}

export type MemberOutcomes = ReadonlyMap<Account, MemberOutcome>;

export const OK: MemberOutcome = { status: 200 };

/** Those whom a request was granted for. */
export function accepted(outcomes: MemberOutcomes): readonly Account[] {
  return [...outcomes].filter(([, { status }]) => status === 200).map(([who]) => who);
}
