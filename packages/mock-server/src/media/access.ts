import type { Clock } from "@motte/core/clock";
import type { Random } from "@motte/core/random";

/** Seconds a client may keep what it was told of the media hosts. */
export const MEDIA_TTL = 3_600;
/** Seconds a token lets its holder upload. */
export const MEDIA_AUTH_TTL = 21_600;

/** Until when each token is good, in milliseconds since the epoch. */
export type MediaAccessSnapshot = readonly (readonly [string, number])[];

/** The tokens that let clients upload. */
export class MediaAccess {
  readonly #clock: Clock;
  readonly #random: Random;
  /** Until when each is good, in milliseconds since the epoch. */
  readonly #expiry = new Map<string, number>();

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  issue(): string {
    const now = this.#clock.now();
    for (const [token, until] of this.#expiry) if (until <= now) this.#expiry.delete(token);
    const token = this.#random.bytes(24).toString("base64url");
    this.#expiry.set(token, now + MEDIA_AUTH_TTL * 1000);
    return token;
  }

  /** Makes every token worthless, so that clients have to fetch a new one. */
  revokeAll(): void {
    this.#expiry.clear();
  }

  toSnapshot(): MediaAccessSnapshot {
    return [...this.#expiry];
  }

  fromSnapshot(tokens: MediaAccessSnapshot): void {
    this.#expiry.clear();
    for (const [token, until] of tokens) this.#expiry.set(token, until);
  }

  allows(token: string | null): boolean {
    return token !== null && (this.#expiry.get(token) ?? 0) > this.#clock.now();
  }
}
