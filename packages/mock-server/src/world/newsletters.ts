import type { SeededRandom } from "@motte/core/random";
import { SeededStream } from "../seed/seeded-stream.ts";
import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";
import { Newsletter, type NewsletterSnapshot } from "./newsletter.ts";

// What the ids of newsletters begin with, as those of groups do.
const ID_PREFIX = "120363";
const ID_DIGITS = 12;

export interface NewslettersSnapshot {
  readonly ids: number;
  readonly newsletters: readonly NewsletterSnapshot[];
}

/** The newsletters of one server. */
export class Newsletters {
  readonly #ids: SeededStream;
  readonly #all = new Map<string, Newsletter>();

  constructor(seed: SeededRandom) {
    this.#ids = new SeededStream(seed);
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

  toSnapshot(): NewslettersSnapshot {
    const newsletters = [...this.#all.values()].map((each) => each.toSnapshot());
    return { ids: this.#ids.toSnapshot(), newsletters };
  }

  fromSnapshot({ ids, newsletters }: NewslettersSnapshot, who: FindAccount): void {
    const before = new Map(this.#all);
    this.#all.clear();
    this.#ids.fromSnapshot(ids);
    for (const each of newsletters) {
      const newsletter = before.get(each.id) ?? new Newsletter({ ...each, owner: who(each.owner) });
      newsletter.fromSnapshot(each, who);
      this.#all.set(each.id, newsletter);
    }
  }

  /** Those that were not deleted, oldest first. */
  get all(): readonly Newsletter[] {
    return [...this.#all.values()].filter(({ deleted }) => !deleted);
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
