import type { Clock } from "@motte/core/clock";
import type { SeededRandom } from "@motte/core/random";
import { UsageError } from "@motte/core/errors";
import { MockServerError } from "../errors.ts";
import { type Jid, LID_SERVER, PN_SERVER, namespaceOf, tryParseJid } from "../wire/jid.ts";
import { Account } from "./account.ts";
import { Groups } from "./groups.ts";
import { Newsletters } from "./newsletters.ts";
import { lidUserFor, normalPhoneNumber, phoneNumberFor } from "./numbers.ts";
import type { PrimaryDevice } from "./primary-device.ts";
import { TrustedContacts } from "./trusted-contacts.ts";

/** Who a person is: by name, by number, or both. */
export interface PersonOptions {
  /** @defaultValue a new person each time, named by order */
  readonly name?: string;
  /** With country code. @defaultValue follows from the seed and the name */
  readonly phoneNumber?: string;
}

export interface WorldParts {
  readonly seed: SeededRandom;
  readonly clock: Clock;
  readonly makePrimary: (account: Account) => PrimaryDevice;
}

/** An account and the device of it that a JID names. */
export interface Address {
  readonly account: Account;
  readonly jid: Jid;
}

/** Who there is. What each of them has follows from it, or is kept with the account. */
export type PeopleSnapshot = readonly { readonly name: string; readonly phoneNumber: string }[];

/** The accounts one server knows. The same name or number is the same account. */
export class World {
  readonly groups: Groups;
  readonly newsletters: Newsletters;
  readonly trustedContacts: TrustedContacts;
  readonly #parts: WorldParts;
  readonly #byName = new Map<string, Account>();
  readonly #byNumber = new Map<string, Account>();
  readonly #byLid = new Map<string, Account>();

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.groups = new Groups({
      seed: parts.seed.fork("groups"),
      clock: parts.clock,
      letsAdd: ({ settings }, by) =>
        settings.privacy.allows("groupadd", by) && !settings.blocklist.has(by),
    });
    this.newsletters = new Newsletters(parts.seed.fork("newsletters"));
    this.trustedContacts = new TrustedContacts(parts.seed.fork("trusted-contacts"));
  }

  get accounts(): readonly Account[] {
    return [...this.#byNumber.values()];
  }

  /** Finds or makes the account of a person. `role` names one who has no name. */
  person(role: string, { name, phoneNumber }: PersonOptions = {}): Account {
    const number = phoneNumber === undefined ? undefined : normalPhoneNumber(phoneNumber);
    const named = name === undefined ? undefined : this.#byName.get(name);
    const numbered = number === undefined ? undefined : this.#byNumber.get(number);
    if (named === undefined && numbered === undefined) return this.#add(role, name, number);
    const clash =
      (named !== undefined && number !== undefined && named.phoneNumber !== number) ||
      (numbered !== undefined && name !== undefined && numbered.name !== name);
    if (clash) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "This name and this phoneNumber belong to two different people: leave one out",
      );
    }
    return named ?? numbered ?? this.#add(role, name, number);
  }

  /** The account a JID belongs to, in either namespace. The address of a hosted device is told as one there. */
  resolve(jid: string): Address | undefined {
    const parsed = tryParseJid(jid);
    if (parsed === undefined) return undefined;
    const server = namespaceOf(parsed);
    const account = this.#accounts(server)?.get(parsed.user);
    return account && { account, jid: { ...parsed, server } };
  }

  byPhoneNumber(phoneNumber: string): Account | undefined {
    return this.#byNumber.get(phoneNumber);
  }

  /** Like `byPhoneNumber`, where there has to be one. */
  readonly account = (phoneNumber: string): Account => {
    const account = this.byPhoneNumber(phoneNumber);
    if (account !== undefined) return account;
    throw new MockServerError(
      "MOCK_BAD_SNAPSHOT",
      "The snapshot speaks of a person it does not hold: take it again",
    );
  };

  toSnapshot(): PeopleSnapshot {
    return this.accounts.map(({ name, phoneNumber }) => ({ name, phoneNumber }));
  }

  /** Whoever is known already stays the same object, so that a test may go on with the people it holds. */
  fromSnapshot(people: PeopleSnapshot): void {
    const before = new Map(this.#byNumber);
    for (const index of [this.#byName, this.#byNumber, this.#byLid]) index.clear();
    for (const { name, phoneNumber } of people) {
      const known = before.get(phoneNumber);
      if (known?.name === name) this.#enter(known);
      else this.#make(name, phoneNumber);
    }
  }

  #accounts(server: string): ReadonlyMap<string, Account> | undefined {
    if (server === PN_SERVER) return this.#byNumber;
    return server === LID_SERVER ? this.#byLid : undefined;
  }

  #add(role: string, name: string | undefined, number: string | undefined): Account {
    const ownName = name ?? `${role} ${this.#byNumber.size + 1}`;
    return this.#make(ownName, number ?? this.#freeNumber(ownName));
  }

  #make(name: string, phoneNumber: string): Account {
    const { seed, makePrimary } = this.#parts;
    const lidUser = lidUserFor(phoneNumber, seed);
    const account = new Account({ name, phoneNumber, lidUser, primary: makePrimary });
    this.#enter(account);
    return account;
  }

  #enter(account: Account): void {
    this.#byName.set(account.name, account);
    this.#byNumber.set(account.phoneNumber, account);
    this.#byLid.set(account.lidUser, account);
  }

  #freeNumber(name: string): string {
    for (let attempt = 0; ; attempt++) {
      const number = phoneNumberFor(name, this.#parts.seed, attempt);
      if (!this.#byNumber.has(number)) return number;
    }
  }
}
