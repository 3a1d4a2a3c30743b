import type { Account } from "../world/account.ts";

/** Somebody in the world of a mock server, under the names the protocol gives a user. */
export class Person {
  readonly #account: Account;

  /** @internal */
  constructor(account: Account) {
    this.#account = account;
  }

  get name(): string {
    return this.#account.name;
  }

  /** Digits with country code, as `sock.requestPairingCode` takes them. */
  get phoneNumber(): string {
    return this.#account.phoneNumber;
  }

  /** The user JID on the phone-number server. */
  get pn(): string {
    return this.#account.pn;
  }

  /** The same user under its hidden id. */
  get lid(): string {
    return this.#account.lid;
  }
}
