import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import { type ServerContext, unixTime } from "../context.ts";
import { addPost, setReaction } from "../handlers/newsletters/publish.ts";
import { sendPost, tellByMex } from "../handlers/newsletters/news.ts";
import { follow, unfollow } from "../handlers/newsletters/operations.ts";
import { proto } from "../wire/baileys.ts";
import type { Account } from "../world/account.ts";
import { type Newsletter, reactionCounts } from "../world/newsletter.ts";
import { messageText } from "./message-text.ts";
import type { Person } from "./person.ts";

/** A newsletter as it is made. */
export interface NewsletterOptions {
  /** What people see. */
  readonly name: string;
  /** @defaultValue empty */
  readonly description?: string;
  /** Who made it and writes it. */
  readonly owner: Person;
}

/** A post as anybody may read it. */
export interface MockNewsletterPost {
  /** What clients name it by. */
  readonly serverId: string;
  /** As its author chose it. */
  readonly id: string;
  /** Its text or caption, if it has one. */
  readonly text: string | undefined;
  /** All of it. */
  readonly message: proto.IMessage;
  /** How often each emoji was put on it. */
  readonly reactions: Readonly<Record<string, number>>;
}

/** A newsletter (channel), as a test acts in it. */
export class MockNewsletter {
  readonly #newsletter: Newsletter;
  readonly #context: ServerContext;

  /** @internal */
  constructor(newsletter: Newsletter, context: ServerContext) {
    this.#newsletter = newsletter;
    this.#context = context;
  }

  get jid(): string {
    return this.#newsletter.id;
  }

  /** The code in its link, for `sock.newsletterMetadata("invite", …)`. */
  get invite(): string {
    return this.#newsletter.invite;
  }

  get name(): string {
    return this.#newsletter.name;
  }

  get description(): string {
    return this.#newsletter.description;
  }

  /** The numbers of those who follow it, the owner first. */
  get followers(): readonly string[] {
    return [...this.#newsletter.followers.keys()].map(({ phoneNumber }) => phoneNumber);
  }

  /** Everything that was posted, oldest first. */
  get posts(): readonly MockNewsletterPost[] {
    return this.#newsletter.posts.map((post) => {
      const message = proto.Message.decode(post.plaintext);
      return {
        serverId: String(post.serverId),
        id: post.id,
        text: messageText(message),
        message,
        reactions: Object.fromEntries(reactionCounts(post)),
      };
    });
  }

  /** Posts a text in the owner's name. */
  post(text: string): { readonly serverId: string; readonly id: string } {
    const plaintext = Buffer.from(proto.Message.encode({ conversation: text }).finish());
    const id = this.#context.nextId();
    const author = this.#newsletter.owner;
    const post = addPost(this.#context, this.#newsletter, { id, type: "text", plaintext, author });
    sendPost(this.#newsletter, post);
    return { serverId: String(post.serverId), id };
  }

  /** Puts a person's emoji on a post; an empty one takes it back. */
  react(by: Person, serverId: string, emoji: string): void {
    const post = this.#newsletter.post(Number(serverId));
    if (post === undefined) {
      throw new UsageError("USAGE_INVALID_OPTION", `This newsletter has no post ${serverId}`);
    }
    const reaction = { by: accountOf(by, this.#context), code: emoji };
    setReaction(this.#context, { newsletter: this.#newsletter, post }, reaction);
  }

  follow(person: Person): void {
    follow(this.#context, this.#newsletter, accountOf(person, this.#context));
  }

  unfollow(person: Person): void {
    unfollow(this.#context, this.#newsletter, accountOf(person, this.#context));
  }

  /** Makes a person an admin, who may post too. */
  promote(person: Person): void {
    const account = accountOf(person, this.#context);
    follow(this.#context, this.#newsletter, account);
    this.#newsletter.admins.add(account);
    const user = account.lid;
    for (const follower of this.#newsletter.followers.keys()) {
      tellByMex(this.#context, follower, "NotificationNewsletterAdminPromote", this.#newsletter, {
        user,
      });
    }
  }
}

/** Makes a newsletter of a phone or contact. Throws a `UsageError` for bad options. */
export function makeNewsletter(options: NewsletterOptions, context: ServerContext): MockNewsletter {
  assertKnownOptions("server.newsletter", options, ["name", "description", "owner"]);
  const { name, description = "", owner } = options;
  if (typeof name !== "string" || name === "") {
    throw new UsageError("USAGE_INVALID_OPTION", "A newsletter needs a name");
  }
  const { newsletters } = context.world;
  const now = Number(unixTime(context.clock));
  const made = newsletters.create(accountOf(owner, context), { name, description }, now);
  return new MockNewsletter(made, context);
}

/** @internal Every newsletter there is, also those that clients made. */
export function allNewsletters(context: ServerContext): readonly MockNewsletter[] {
  return context.world.newsletters.all.map((each) => new MockNewsletter(each, context));
}

function accountOf({ phoneNumber }: Person, { world }: ServerContext): Account {
  const account = world.byPhoneNumber(phoneNumber);
  if (account !== undefined) return account;
  throw new UsageError("USAGE_INVALID_OPTION", "This person belongs to another server");
}
