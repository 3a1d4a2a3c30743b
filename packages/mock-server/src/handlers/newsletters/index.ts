import { iqError, iqResult, node } from "../../replies.ts";
import type { StanzaFamily } from "../../routing/router.ts";
import { type BinaryNode, attr, children, requiredAttr } from "../../wire/binary-node.ts";
import type { Newsletter, NewsletterPost } from "../../world/newsletter.ts";
import { reactionsNode } from "./news.ts";

const LIVE_UPDATE_SECONDS = "300";
const DEFAULT_COUNT = 100;

/**
 * What a newsletter has said: `newsletterFetchMessages` and `subscribeNewsletterUpdates` of Baileys' newsletter.js.
 * Everything else about newsletters goes through `w:mex`.
 */
export const newsletters: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "newsletter",
    handle(stanza, { context, connection }) {
      const [asked] = children(stanza);
      const jid = (asked && attr(asked, "jid")) ?? requiredAttr(stanza, "to");
      const newsletter = context.world.newsletters.get(jid);
      if (asked === undefined || newsletter === undefined) {
        connection.send(iqError(stanza, 404, "item-not-found"));
        return;
      }
      const answer = answerTo(asked, newsletter);
      connection.send(
        answer === undefined
          ? iqError(stanza, 501, "feature-not-implemented")
          : iqResult(stanza, [answer]),
      );
    },
  },
];

function answerTo(asked: BinaryNode, newsletter: Newsletter): BinaryNode | undefined {
  if (asked.tag === "live_updates") return node("live_updates", { duration: LIVE_UPDATE_SECONDS });
  if (asked.tag === "messages") return messages(newsletter, chosen(asked, newsletter), true);
  if (asked.tag !== "message_updates") return undefined;
  return node("message_updates", {}, [messages(newsletter, chosen(asked, newsletter), false)]);
}

/** The newest that lie within the limits, oldest first. */
function chosen(asked: BinaryNode, { posts }: Newsletter): readonly NewsletterPost[] {
  const limit = (name: string, other: number): number => Number(attr(asked, name) ?? other);
  const before = limit("before", Infinity);
  const after = limit("after", -Infinity);
  const since = limit("since", -Infinity);
  const within = posts.filter(
    ({ serverId, t }) => serverId < before && serverId > after && t >= since,
  );
  const count = limit("count", DEFAULT_COUNT);
  return count > 0 ? within.slice(-count) : [];
}

function messages(
  { id: jid, createdAt }: Newsletter,
  posts: readonly NewsletterPost[],
  withText: boolean,
): BinaryNode {
  const t = String(posts.at(-1)?.t ?? createdAt);
  return node(
    "messages",
    { jid, t },
    posts.map((post) => message(post, withText)),
  );
}

function message(post: NewsletterPost, withText: boolean): BinaryNode {
  const { serverId, id, t, type, plaintext } = post;
  return node("message", { server_id: String(serverId), id, t: String(t), type }, [
    ...(withText ? [node("plaintext", {}, plaintext)] : []),
    reactionsNode(post),
    node("views_count", { count: "0" }),
  ]);
}
