import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";

export type NewsletterRole = "OWNER" | "ADMIN" | "SUBSCRIBER" | "GUEST";

/** One post of a newsletter. */
export interface NewsletterPost {
  /** Counts up within the newsletter; what reactions and fetches name it by. */
  readonly serverId: number;
  readonly id: string;
  /** Seconds since the epoch. */
  readonly t: number;
  /** As on the wire, like `text`. */
  readonly type: string;
  /** An encoded `Message`. */
  readonly plaintext: Buffer;
  readonly author: Account;
  readonly reactions: Map<Account, string>;
}

export interface NewsletterParts {
  readonly id: string;
  readonly invite: string;
  readonly owner: Account;
  readonly name: string;
  readonly description: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

/** People by phone number. */
export interface NewsletterSnapshot {
  readonly id: string;
  readonly invite: string;
  readonly createdAt: number;
  readonly owner: string;
  readonly name: string;
  readonly description: string;
  readonly pictureId: number;
  readonly version: number;
  readonly deleted: boolean;
  readonly admins: readonly string[];
  readonly followers: readonly (readonly [string, { readonly muted: boolean }])[];
  readonly posts: readonly NewsletterPostSnapshot[];
}

interface NewsletterPostSnapshot extends Omit<NewsletterPost, "author" | "reactions"> {
  readonly author: string;
  readonly reactions: readonly (readonly [string, string])[];
}

/** A newsletter, which WhatsApp also calls a channel: few write, everybody may follow. Its posts are not encrypted. */
export class Newsletter {
  readonly id: string;
  invite: string;
  createdAt: number;
  readonly posts: NewsletterPost[] = [];
  readonly admins: Set<Account> = new Set<Account>();
  /** Followers, the owner and admins too, and whether each has muted it. */
  readonly followers: Map<Account, { muted: boolean }> = new Map<Account, { muted: boolean }>();
  owner: Account;
  name: string;
  description: string;
  /** Changes with every picture; 0 for none. */
  pictureId = 0;
  /** Changes with every edit, and stands for the versions of name and description. */
  version = 1;
  deleted = false;

  constructor({ id, invite, owner, name, description, createdAt }: NewsletterParts) {
    this.id = id;
    this.invite = invite;
    this.owner = owner;
    this.name = name;
    this.description = description;
    this.createdAt = createdAt;
    this.followers.set(owner, { muted: false });
  }

  toSnapshot(): NewsletterSnapshot {
    const { id, invite, createdAt, name, description, pictureId, version, deleted } = this;
    return {
      id,
      invite,
      createdAt,
      name,
      description,
      pictureId,
      version,
      deleted,
      owner: this.owner.phoneNumber,
      admins: [...this.admins].map(({ phoneNumber }) => phoneNumber),
      followers: [...this.followers].map(([who, { muted }]) => [who.phoneNumber, { muted }]),
      posts: this.posts.map(({ author, reactions, ...post }) => ({
        ...post,
        author: author.phoneNumber,
        reactions: [...reactions].map(([who, code]) => [who.phoneNumber, code]),
      })),
    };
  }

  fromSnapshot(snapshot: NewsletterSnapshot, who: FindAccount): void {
    const { invite, createdAt, name, description, pictureId, version, deleted } = snapshot;
    Object.assign(this, { invite, createdAt, name, description, pictureId, version, deleted });
    this.owner = who(snapshot.owner);
    this.admins.clear();
    for (const number of snapshot.admins) this.admins.add(who(number));
    this.followers.clear();
    for (const [number, { muted }] of snapshot.followers)
      this.followers.set(who(number), { muted });
    const posts = snapshot.posts.map(({ author, reactions, ...post }) => ({
      ...post,
      author: who(author),
      reactions: new Map(reactions.map(([number, code]) => [who(number), code])),
    }));
    this.posts.splice(0, this.posts.length, ...posts);
  }

  roleOf(account: Account): NewsletterRole {
    if (account === this.owner) return "OWNER";
    if (this.admins.has(account)) return "ADMIN";
    return this.followers.has(account) ? "SUBSCRIBER" : "GUEST";
  }

  mayWrite(account: Account): boolean {
    return account === this.owner || this.admins.has(account);
  }

  post(serverId: number): NewsletterPost | undefined {
    return this.posts.find((each) => each.serverId === serverId);
  }
}

/** How often each emoji was put on a post. */
export function reactionCounts({ reactions }: NewsletterPost): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const code of reactions.values()) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}
