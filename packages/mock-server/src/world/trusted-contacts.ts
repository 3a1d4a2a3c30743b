import { createHmac } from "node:crypto";
import type { SeededRandom } from "@motte/core/random";
import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";

/** A token somebody gave to somebody else, who shows it when writing to the giver. */
export interface TrustedContactToken {
  readonly bytes: Buffer;
  /** Seconds since the epoch, as the giver's client wrote it. */
  readonly t: number;
}

const BUCKET_SECONDS = 7 * 24 * 60 * 60;
const BUCKETS = 4;

/** Who gave a token to whom, by phone number, and when. Its bytes follow from the seed. */
export type TrustedContactsSnapshot = readonly {
  readonly by: string;
  readonly to: string;
  readonly t: number;
}[];

/** Who trusts whom: the latest token of each pair. */
export class TrustedContacts {
  readonly #seed: SeededRandom;
  readonly #tokens = new Map<Account, Map<Account, TrustedContactToken>>();

  constructor(seed: SeededRandom) {
    this.#seed = seed;
  }

  issue(by: Account, to: Account, t: number): TrustedContactToken {
    const bytes = this.#seed.fork(`${by.phoneNumber} ${to.phoneNumber} ${t}`).bytes(32);
    const token = { bytes, t };
    const given = this.#tokens.get(by) ?? new Map<Account, TrustedContactToken>();
    this.#tokens.set(by, given.set(to, token));
    return token;
  }

  toSnapshot(): TrustedContactsSnapshot {
    return [...this.#tokens].flatMap(([by, given]) =>
      [...given].map(([to, { t }]) => ({ by: by.phoneNumber, to: to.phoneNumber, t })),
    );
  }

  fromSnapshot(snapshot: TrustedContactsSnapshot, who: FindAccount): void {
    this.#tokens.clear();
    for (const { by, to, t } of snapshot) this.issue(who(by), who(to), t);
  }

  /** What `by` last gave to `to`. */
  token(by: Account, to: Account): TrustedContactToken | undefined {
    return this.#tokens.get(by)?.get(to);
  }

  /** Whether these bytes are the token `by` gave to `to`, and not too old: whole weeks count, four of them. */
  accepts(by: Account, to: Account, bytes: Buffer, nowSeconds: number): boolean {
    const token = this.token(by, to);
    if (token === undefined || !token.bytes.equals(bytes)) return false;
    const oldestBucket = Math.floor(nowSeconds / BUCKET_SECONDS) - (BUCKETS - 1);
    return token.t >= oldestBucket * BUCKET_SECONDS;
  }

  /** The secret of an account's devices that its `cstoken`s are made with. */
  newChatSalt(account: Account): Buffer {
    return this.#seed.fork(`new-chat-salt ${account.phoneNumber}`).bytes(32);
  }

  /** What shows that `from` itself, and not a bulk sender with its number, starts the chat with `to`. */
  newChatToken(from: Account, to: Account): Buffer {
    return createHmac("sha256", this.newChatSalt(from)).update(to.lid).digest();
  }
}
