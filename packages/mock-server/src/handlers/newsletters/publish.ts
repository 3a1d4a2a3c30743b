import { type ServerContext, unixTime } from "../../context.ts";
import type { Login } from "../../session/login.ts";
import { ack } from "../../replies.ts";
import {
  type BinaryNode,
  attr,
  bytes,
  child,
  requiredAttr,
  requiredChild,
} from "../../wire/binary-node.ts";
import type { Account } from "../../world/account.ts";
import type { Newsletter, NewsletterPost } from "../../world/newsletter.ts";
import { sendPost, tellReactions } from "./news.ts";

export function isForNewsletter(stanza: BinaryNode): boolean {
  return attr(stanza, "to")?.endsWith("@newsletter") ?? false;
}

/**
 * A post of one who may write, or anybody's reaction to one. Baileys (newsletter.js newsletterReactMessage) waits
 * for the ack of a reaction; the ack of a post says under which number it is known.
 */
export function publishToNewsletter(stanza: BinaryNode, login: Login): void {
  const { account, context, companion } = login;
  const t = unixTime(context.clock);
  const newsletter = context.world.newsletters.get(requiredAttr(stanza, "to"));
  if (newsletter === undefined) return login.send(ack(stanza, { t, error: "404" }));
  if (attr(stanza, "type") === "reaction") return onReaction(stanza, newsletter, login);
  const plaintext = child(stanza, "plaintext");
  const content = plaintext && bytes(plaintext);
  if (content === undefined) return login.send(ack(stanza, { t, error: "479" }));
  if (!newsletter.mayWrite(account)) return login.send(ack(stanza, { t, error: "403" }));
  const post = addPost(context, newsletter, {
    id: requiredAttr(stanza, "id"),
    type: attr(stanza, "type") ?? "text",
    plaintext: content,
    author: account,
  });
  login.send(ack(stanza, { t, server_id: String(post.serverId) }));
  sendPost(newsletter, post, { except: companion });
}

type NewPost = Pick<NewsletterPost, "id" | "type" | "plaintext" | "author">;

/** Adds a post, without telling anybody. */
export function addPost(
  { clock }: ServerContext,
  newsletter: Newsletter,
  post: NewPost,
): NewsletterPost {
  const serverId = 100 + newsletter.posts.length;
  const added = { ...post, serverId, t: Number(unixTime(clock)), reactions: new Map() };
  newsletter.posts.push(added);
  return added;
}

/** Puts an emoji on a post, or with an empty one takes the own one back, and tells the followers. */
export function setReaction(
  context: ServerContext,
  { newsletter, post }: { readonly newsletter: Newsletter; readonly post: NewsletterPost },
  { by, code }: { readonly by: Account; readonly code: string },
): void {
  if (code === "") post.reactions.delete(by);
  else post.reactions.set(by, code);
  tellReactions(context, newsletter, post, code);
}

function onReaction(stanza: BinaryNode, newsletter: Newsletter, login: Login): void {
  const serverId = requiredAttr(stanza, "server_id");
  const post = newsletter.post(Number(serverId));
  const t = unixTime(login.context.clock);
  if (post === undefined) return login.send(ack(stanza, { t, error: "404" }));
  const code = attr(requiredChild(stanza, "reaction"), "code") ?? "";
  login.send(ack(stanza, { t, server_id: serverId }));
  setReaction(login.context, { newsletter, post }, { by: login.account, code });
}
