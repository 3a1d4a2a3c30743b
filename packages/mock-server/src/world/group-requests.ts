import type { Account } from "./account.ts";
import type { RequestMethod } from "./group-news.ts";

/** Somebody who wants to join and waits for an admin. */
export interface JoinRequest {
  readonly account: Account;
  readonly method: RequestMethod;
  /** Seconds since the epoch. */
  readonly at: number;
  /** The member who wanted to add the person. */
  readonly requestor?: Account;
}

/** Requests to join a group, oldest first, one for each person. */
export class GroupRequests {
  readonly #waiting = new Map<Account, JoinRequest>();

  get list(): readonly JoinRequest[] {
    return [...this.#waiting.values()];
  }

  has(account: Account): boolean {
    return this.#waiting.has(account);
  }

  /** False when the person waits already. */
  add(request: JoinRequest): boolean {
    if (this.has(request.account)) return false;
    this.#waiting.set(request.account, request);
    return true;
  }

  drop(account: Account): boolean {
    return this.#waiting.delete(account);
  }
}
