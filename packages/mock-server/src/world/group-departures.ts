import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";

/** How somebody came to be out of a group. */
export interface Departure {
  /** Seconds since the epoch. */
  readonly at: number;
  /** By an admin, not of one's own will. */
  readonly removed: boolean;
}

/** By phone number. */
export type GroupDeparturesSnapshot = readonly (readonly [string, Departure])[];

/** Who left by themselves is not added again for so long. */
const RECENTLY_SECONDS = 24 * 60 * 60;

/** Those who were in a group and went, with the last time they did. */
export class GroupDepartures {
  readonly #departures = new Map<Account, Departure>();

  of(account: Account): Departure | undefined {
    return this.#departures.get(account);
  }

  add(account: Account, departure: Departure): void {
    this.#departures.set(account, departure);
  }

  /** Who is in the group has not gone. */
  forget(account: Account): void {
    this.#departures.delete(account);
  }

  /** Whether somebody left of one's own will not long before `now`, in seconds. */
  isRecent(account: Account, now: number): boolean {
    const left = this.of(account);
    return left?.removed === false && now - left.at < RECENTLY_SECONDS;
  }

  toSnapshot(): GroupDeparturesSnapshot {
    return [...this.#departures].map(([who, departure]) => [who.phoneNumber, departure]);
  }

  fromSnapshot(snapshot: GroupDeparturesSnapshot, who: FindAccount): void {
    this.#departures.clear();
    for (const [number, departure] of snapshot) this.#departures.set(who(number), departure);
  }
}
