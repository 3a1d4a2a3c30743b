import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";

/** `superadmin` is who made the group. */
export type GroupRole = "superadmin" | "admin" | "member";

export interface GroupMember {
  readonly account: Account;
  readonly role: GroupRole;
}

/** By phone number. */
export type GroupMembersSnapshot = readonly (readonly [string, GroupRole])[];

/**
 * Who is in a group, longest-standing first. Where there are members there is an admin: when the last one goes, or is
 * one no more, the member of longest standing takes over. Nobody becomes a superadmin later.
 */
export class GroupMembers {
  readonly #roles = new Map<Account, GroupRole>();

  get list(): readonly GroupMember[] {
    return [...this.#roles].map(([account, role]) => ({ account, role }));
  }

  get size(): number {
    return this.#roles.size;
  }

  has(account: Account): boolean {
    return this.#roles.has(account);
  }

  role(account: Account): GroupRole | undefined {
    return this.#roles.get(account);
  }

  isAdmin(account: Account): boolean {
    const role = this.#roles.get(account);
    return role !== undefined && role !== "member";
  }

  /** The first member of a group is its superadmin. Does nothing for one who is in it. */
  add(account: Account): void {
    if (this.has(account)) return;
    this.#roles.set(account, this.size === 0 ? "superadmin" : "member");
  }

  /** Returns who became an admin because of it. */
  remove(account: Account): Account | undefined {
    this.#roles.delete(account);
    const heir = this.heir();
    if (heir !== undefined) this.#roles.set(heir, "admin");
    return heir;
  }

  /** Who is to take over where nobody is an admin: one of the `former` admins only when there is nobody else. */
  heir(former: readonly Account[] = []): Account | undefined {
    const members = this.list;
    if (members.some(({ role }) => role !== "member")) return undefined;
    const others = members.filter(({ account }) => !former.includes(account));
    return (others[0] ?? members[0])?.account;
  }

  toSnapshot(): GroupMembersSnapshot {
    return [...this.#roles].map(([{ phoneNumber }, role]) => [phoneNumber, role]);
  }

  fromSnapshot(members: GroupMembersSnapshot, who: FindAccount): void {
    this.#roles.clear();
    for (const [number, role] of members) this.#roles.set(who(number), role);
  }

  /** Leaves the superadmin as it is. True when that changed the role. */
  setAdmin(account: Account, admin: boolean): boolean {
    const role = this.#roles.get(account);
    const next = admin ? "admin" : "member";
    if (role === undefined || role === "superadmin" || role === next) return false;
    this.#roles.set(account, next);
    return true;
  }
}
