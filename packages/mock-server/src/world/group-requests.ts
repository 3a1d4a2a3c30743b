import type { FindAccount } from "../snapshot/part.ts";
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

/** People by phone number. */
export type GroupRequestsSnapshot = readonly {
  readonly account: string;
  readonly method: RequestMethod;
  readonly at: number;
  readonly requestor?: string;
}[];

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

  toSnapshot(): GroupRequestsSnapshot {
    return this.list.map(({ account, requestor, ...request }) => ({
      ...request,
      account: account.phoneNumber,
      ...(requestor === undefined ? {} : { requestor: requestor.phoneNumber }),
    }));
  }

  fromSnapshot(requests: GroupRequestsSnapshot, who: FindAccount): void {
    this.#waiting.clear();
    for (const { account, requestor, ...request } of requests) {
      const from = requestor === undefined ? {} : { requestor: who(requestor) };
      this.add({ ...request, account: who(account), ...from });
    }
  }
}
