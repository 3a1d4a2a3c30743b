import type { Account } from "./account.ts";
import type { GroupRole } from "./group-members.ts";
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

/** What becomes of each of several people: 404 for one who is not in the group, else as `judge` says of the role. */
export function judged(
  people: readonly Account[],
  roleOf: (account: Account) => GroupRole | undefined,
  judge: (role: GroupRole) => MemberOutcome,
): MemberOutcomes {
  return new Map(
    people.map((person) => {
      const role = roleOf(person);
      return [person, role === undefined ? { status: 404 } : judge(role)];
    }),
  );
}

/** Nobody takes anything from the one who made the group. */
export function unlessCreator(role: GroupRole): MemberOutcome {
  return role === "superadmin" ? { status: 406 } : OK;
}

/** Those whom a request was granted for. */
export function accepted(outcomes: MemberOutcomes): readonly Account[] {
  return [...outcomes].filter(([, { status }]) => status === 200).map(([who]) => who);
}
