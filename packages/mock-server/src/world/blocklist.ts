import type { Account } from "./account.ts";
import { listHash } from "./privacy.ts";

/** The people somebody has blocked, in the order they were. */
export class Blocklist {
  readonly #accounts = new Set<Account>();

  get accounts(): readonly Account[] {
    return [...this.#accounts];
  }

  /** Changes with the list. */
  get hash(): string {
    return listHash(this.#accounts);
  }

  has(account: Account): boolean {
    return this.#accounts.has(account);
  }

  fromSnapshot(accounts: readonly Account[]): void {
    this.#accounts.clear();
    for (const account of accounts) this.#accounts.add(account);
  }

  /** False when nothing changed. */
  set(account: Account, blocked: boolean): boolean {
    if (this.#accounts.has(account) === blocked) return false;
    if (blocked) this.#accounts.add(account);
    else this.#accounts.delete(account);
    return true;
  }
}

/** Whether `by` has blocked `whom`: nothing that `whom` sends reaches `by`, who also shows them no presence. */
export function isBlocked(by: Account, whom: Account): boolean {
  return by.settings.blocklist.has(whom);
}
