import type { SeededStream } from "../seed/seeded-stream.ts";
import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";

/** Lets one person into a group for some days. It travels in a message, so who may not be added can still accept. */
export interface Invitation {
  readonly code: string;
  /** Seconds since the epoch. */
  readonly expiration: number;
  /** The admin who wanted to add the person. */
  readonly by: Account;
}

/** People by phone number. */
export interface GroupInvitationsSnapshot {
  readonly drawn: number;
  readonly linkCode: string;
  readonly personal: readonly (Omit<Invitation, "by"> & {
    readonly for: string;
    readonly by: string;
  })[];
}

const CODE_BYTES = 16;
const INVITATION_SECONDS = 3 * 24 * 60 * 60;

/** The ways into a group: its link, and invitations for one person each. */
export class GroupInvitations {
  readonly #random: SeededStream;
  readonly #personal = new Map<Account, Invitation>();
  #linkCode: string;

  constructor(random: SeededStream) {
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

  toSnapshot(): GroupInvitationsSnapshot {
    return {
      drawn: this.#random.toSnapshot(),
      linkCode: this.#linkCode,
      personal: [...this.#personal].map(([account, { code, expiration, by }]) => {
        return { for: account.phoneNumber, code, expiration, by: by.phoneNumber };
      }),
    };
  }

  fromSnapshot({ drawn, linkCode, personal }: GroupInvitationsSnapshot, who: FindAccount): void {
    this.#random.fromSnapshot(drawn);
    this.#linkCode = linkCode;
    this.#personal.clear();
    for (const { for: number, by, ...invitation } of personal) {
      this.#personal.set(who(number), { ...invitation, by: who(by) });
    }
  }

  #newCode(): string {
    return this.#random.bytes(CODE_BYTES).toString("base64url");
  }
}
