import type { SeededRandom } from "@motte/core/random";
import type { Account } from "./account.ts";
import { Newsletter } from "./newsletter.ts";

// What the ids of newsletters begin with, as those of groups do.
const ID_PREFIX = "120363";
const ID_DIGITS = 12;

/** The newsletters of one server. */
export class Newsletters {
  readonly #ids: SeededRandom;
  readonly #all = new Map<string, Newsletter>();

  constructor(seed: SeededRandom) {
    this.#ids = seed;
  }

  create(
    owner: Account,
    { name, description = "" }: { readonly name: string; readonly description?: string },
    now: number,
  ): Newsletter {
    const digits = Array.from({ length: ID_DIGITS }, () => Math.floor(this.#ids.next() * 10));
    const newsletter = new Newsletter({
      id: `${ID_PREFIX}${digits.join("")}@newsletter`,
      invite: this.#ids.bytes(16).toString("base64url"),
      owner,
      name,
      description,
      createdAt: now,
    });
    this.#all.set(newsletter.id, newsletter);
    return newsletter;
  }

  /** A deleted newsletter is as good as none. */
  get(id: string): Newsletter | undefined {
    const found = this.#all.get(id);
    return found === undefined || found.deleted ? undefined : found;
  }

  followedBy(account: Account): readonly Newsletter[] {
    return [...this.#all.values()].filter(
      ({ followers, deleted }) => !deleted && followers.has(account),
    );
  }

  byInvite(invite: string): Newsletter | undefined {
    const code = invite.replace(/^.*\//, "");
    return [...this.#all.values()].find((each) => each.invite === code && !each.deleted);
  }
}
