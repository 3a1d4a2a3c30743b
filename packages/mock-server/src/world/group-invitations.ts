import type { SeededRandom } from "@motte/core/random";
import type { Account } from "./account.ts";

/** Lets one person into a group for some days. It travels in a message, so who may not be added can still accept. */
export interface Invitation {
  readonly code: string;
  /** Seconds since the epoch. */
  readonly expiration: number;
  /** The admin who wanted to add the person. */
  readonly by: Account;
}

const CODE_BYTES = 16;
const INVITATION_SECONDS = 3 * 24 * 60 * 60;

/** The ways into a group: its link, and invitations for one person each. */
export class GroupInvitations {
  readonly #random: SeededRandom;
  readonly #personal = new Map<Account, Invitation>();
  #linkCode: string;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#linkCode = this.#newCode();
  }

  /** What follows `https://chat.whatsapp.com/`. */
  get linkCode(): string {
    return this.#linkCode;
  }

  /** Returns the code that is void from now on. */
  resetLink(): string {
    const old = this.#linkCode;
    this.#linkCode = this.#newCode();
    return old;
  }

  of(account: Account): Invitation | undefined {
    return this.#personal.get(account);
  }

  /** @param now seconds since the epoch */
  invite(account: Account, by: Account, now: number): Invitation {
    const invitation = { code: this.#newCode(), expiration: now + INVITATION_SECONDS, by };
    this.#personal.set(account, invitation);
    return invitation;
  }

  revoke(account: Account): boolean {
    return this.#personal.delete(account);
  }

  #newCode(): string {
    return this.#random.bytes(CODE_BYTES).toString("base64url");
  }
}
