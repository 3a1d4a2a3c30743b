import { type ServerContext, unixTime } from "../../context.ts";
import { notify } from "../../news/notify.ts";
import { node } from "../../replies.ts";
import type { Account } from "../../world/account.ts";
import type { Companion } from "../../world/companion.ts";
import { type Newsletter, type NewsletterPost, reactionCounts } from "../../world/newsletter.ts";

interface Told {
  /** The client that did it. */
  readonly except?: Companion;
}

/** A post, for every follower's clients. */
export function sendPost(
  newsletter: Newsletter,
  post: NewsletterPost,
  { except }: Told = {},
): void {
  for (const follower of newsletter.followers.keys()) {
    for (const companion of follower.companions) {
      if (companion === except) continue;
      const own = follower === post.author ? { is_sender: "true" } : {};
      const attrs = {
        from: newsletter.id,
        id: post.id,
        t: String(post.t),
        type: post.type,
        ...own,
      };
      companion.deliver(
        node("message", { ...attrs, server_id: String(post.serverId) }, [
          node("plaintext", {}, post.plaintext),
        ]),
      );
    }
  }
}

/**
 * The reactions of a post, for every follower. Baileys (messages-recv.js) reads the child `reaction`, other clients
 * the counts in `live_updates`.
 */
export function tellReactions(
  context: ServerContext,
  newsletter: Newsletter,
  post: NewsletterPost,
  code: string,
): void {
  const serverId = String(post.serverId);
  const t = unixTime(context.clock);
  const message = node("message", { server_id: serverId, t: String(post.t) }, [
    reactionsNode(post),
  ]);
  const content = [
    node("reaction", { message_id: serverId }, [node("reaction", {}, Buffer.from(code))]),
    node("live_updates", {}, [node("messages", { t, jid: newsletter.id }, [message])]),
  ];
  for (const follower of newsletter.followers.keys()) {
    notify(context, follower, { type: "newsletter", from: newsletter.id, content });
  }
}

/** A new name or description, for every follower. */
export function tellSettings(context: ServerContext, newsletter: Newsletter): void {
  const settings = { name: newsletter.name, description: newsletter.description };
  for (const follower of newsletter.followers.keys()) {
    tellByMex(context, follower, "NotificationNewsletterUpdate", newsletter, { settings });
  }
}

/** Somebody came, went, or has another role. */
export function tellParticipant(
  context: ServerContext,
  newsletter: Newsletter,
  change: { readonly user: Account; readonly action: string; readonly by: Account },
): void {
  const role = newsletter.roleOf(change.user);
  const attrs = { jid: change.user.lid, action: change.action, role };
  for (const admin of new Set([newsletter.owner, ...newsletter.admins, change.user])) {
    notify(context, admin, {
      type: "newsletter",
      from: newsletter.id,
      attrs: { participant: change.by.lid },
      content: [node("participant", attrs)],
    });
  }
}

/**
 * An operation that clients hear of as JSON. Baileys (messages-recv.js) drops one without `data`, and then reads
 * `updates` beside it.
 */
export function tellByMex(
  context: ServerContext,
  to: Account,
  operation: string,
  newsletter: Newsletter,
  update: object = {},
): void {
  const data = { xwa2_notify_newsletter: { id: newsletter.id, ...update } };
  const body = { operation, updates: [{ jid: newsletter.id, ...update }], data };
  const content = [node("update", { op_name: operation }, Buffer.from(JSON.stringify(body)))];
  notify(context, to, { type: "mex", from: newsletter.id, content });
}

export function reactionsNode(post: NewsletterPost): ReturnType<typeof node> {
  const counts = [...reactionCounts(post)].map(([code, count]) =>
    node("reaction", { code, count: String(count) }),
  );
  return node("reactions", {}, counts);
}
