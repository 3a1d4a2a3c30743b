import { type ServerContext, unixTime } from "../../context.ts";
import type { Login } from "../../session/login.ts";
import { MexError } from "../mex-error.ts";
import type { Account } from "../../world/account.ts";
import type { Newsletter } from "../../world/newsletter.ts";
import type { MexOperation, MexVariables } from "../mex.ts";
import { tellByMex, tellParticipant, tellSettings } from "./news.ts";
import { newsletterView } from "./view.ts";

/** The newsletter operations of Baileys' newsletter.js; further numbers are those of whatsmeow and whatsapp-rust. */
export const newsletterOperations: readonly MexOperation[] = [
  {
    name: "create",
    path: "xwa2_newsletter_create",
    queryIds: ["8823471724422422", "6234210096708695", "25149874324715067"],
    run(variables, { account, context }) {
      const input = record(variables["input"]);
      const name = text(input["name"]);
      if (name === undefined || name === "") throw new MexError(400, "A newsletter needs a name");
      const description = text(input["description"]) ?? "";
      const made = context.world.newsletters.create(account, { name, description }, now(context));
      return newsletterView(made, account);
    },
  },
  {
    name: "metadata",
    path: "xwa2_newsletter",
    queryIds: ["6563316087068696", "7272540469429201", "25383075034668475", "30328461880085868"],
    run(variables, { account, context }) {
      const { newsletters } = context.world;
      const { key, type } = record(variables["input"]);
      const asked = text(key) ?? "";
      const found = type === "INVITE" ? newsletters.byInvite(asked) : newsletters.get(asked);
      if (found === undefined) throw new MexError(404, "Not Found");
      return newsletterView(found, account);
    },
  },
  {
    name: "subscribed",
    path: "xwa2_newsletter_subscribed",
    queryIds: ["6388546374527196", "33101596156151910"],
    run: (_, { account, context }) =>
      context.world.newsletters
        .followedBy(account)
        .map((newsletter) => newsletterView(newsletter, account)),
  },
  {
    name: "subscribers",
    path: "xwa2_newsletter_subscribers",
    queryIds: ["9783111038412085", "9537574256318798"],
    run: (variables, login) => ({
      subscribers: String(newsletterIn(variables, login).followers.size),
    }),
  },
  {
    name: "update",
    path: "xwa2_newsletter_update",
    queryIds: ["24250201037901610", "7150902998257522"],
    run(variables, login) {
      const newsletter = newsletterIn(variables, login);
      if (!newsletter.mayWrite(login.account)) throw forbidden();
      const updates = record(variables["updates"]);
      newsletter.name = text(updates["name"]) ?? newsletter.name;
      newsletter.description = text(updates["description"]) ?? newsletter.description;
      newsletter.version++;
      const picture = text(updates["picture"]);
      if (picture !== undefined) newsletter.pictureId = picture === "" ? 0 : newsletter.version;
      tellSettings(login.context, newsletter);
      return newsletterView(newsletter, login.account);
    },
  },
  {
    name: "follow",
    path: "xwa2_newsletter_join_v2",
    queryIds: ["24404358912487870", "9926858900719341"],
    run(variables, { account, context }) {
      const newsletter = newsletterIn(variables, { context });
      follow(context, newsletter, account);
      return newsletterView(newsletter, account);
    },
  },
  {
    name: "unfollow",
    path: "xwa2_newsletter_leave_v2",
    queryIds: ["9767147403369991", "6392786840836363"],
    run(variables, { account, context }) {
      const newsletter = newsletterIn(variables, { context });
      // The owner has to hand it over or delete it.
      if (newsletter.owner === account) throw forbidden();
      unfollow(context, newsletter, account);
      return { id: newsletter.id, state: { type: "ACTIVE" } };
    },
  },
  {
    name: "mute",
    path: "xwa2_newsletter_mute_v2",
    queryIds: ["29766401636284406", "6274038279359549"],
    run: (variables, login) => setMuted(variables, login, true),
  },
  {
    name: "unmute",
    path: "xwa2_newsletter_unmute_v2",
    queryIds: ["9864994326891137", "6068417879924485"],
    run: (variables, login) => setMuted(variables, login, false),
  },
  {
    name: "admin count",
    path: "xwa2_newsletter_admin",
    queryIds: ["7130823597031706", "29186079397702825"],
    run: (variables, login) => {
      const newsletter = newsletterIn(variables, login);
      return { id: newsletter.id, admin_count: newsletter.admins.size + 1 };
    },
  },
  {
    name: "change owner",
    path: "xwa2_newsletter_change_owner",
    queryIds: ["7341777602580933"],
    run(variables, login) {
      const { newsletter, user } = ownedIn(variables, login);
      newsletter.admins.add(login.account);
      newsletter.admins.delete(user);
      newsletter.owner = user;
      newsletter.followers.set(user, newsletter.followers.get(user) ?? { muted: false });
      tellParticipant(login.context, newsletter, { user, action: "promote", by: login.account });
      return { id: newsletter.id };
    },
  },
  {
    name: "demote",
    path: "xwa2_newsletter_demote",
    queryIds: ["6551828931592903"],
    run(variables, login) {
      const { newsletter, user } = ownedIn(variables, login);
      if (!newsletter.admins.delete(user)) throw new MexError(404, "This person is no admin");
      tellParticipant(login.context, newsletter, { user, action: "demote", by: login.account });
      return { id: newsletter.id };
    },
  },
  {
    name: "delete",
    path: "xwa2_newsletter_delete_v2",
    queryIds: ["30062808666639665"],
    run(variables, login) {
      const newsletter = newsletterIn(variables, login);
      if (newsletter.owner !== login.account) throw forbidden();
      newsletter.deleted = true;
      for (const follower of newsletter.followers.keys()) {
        const state = { state: { type: "DELETED" } };
        tellByMex(login.context, follower, "NotificationNewsletterStateChange", newsletter, state);
      }
      return { id: newsletter.id, state: { type: "DELETED" } };
    },
  },
];

export function follow(context: ServerContext, newsletter: Newsletter, account: Account): void {
  if (newsletter.followers.has(account)) return;
  newsletter.followers.set(account, { muted: false });
  tellByMex(context, account, "NotificationNewsletterJoin", newsletter);
}

export function unfollow(context: ServerContext, newsletter: Newsletter, account: Account): void {
  newsletter.admins.delete(account);
  if (!newsletter.followers.delete(account)) return;
  tellByMex(context, account, "NotificationNewsletterLeave", newsletter);
}

function setMuted(variables: MexVariables, login: Login, muted: boolean): object {
  const newsletter = newsletterIn(variables, login);
  const follower = newsletter.followers.get(login.account);
  if (follower === undefined) throw forbidden();
  follower.muted = muted;
  return newsletterView(newsletter, login.account);
}

function newsletterIn(variables: MexVariables, { context }: Pick<Login, "context">): Newsletter {
  const found = context.world.newsletters.get(text(variables["newsletter_id"]) ?? "");
  if (found === undefined) throw new MexError(404, "Not Found");
  return found;
}

/** An own newsletter, and the person it is about. */
function ownedIn(
  variables: MexVariables,
  login: Login,
): { readonly newsletter: Newsletter; readonly user: Account } {
  const newsletter = newsletterIn(variables, login);
  if (newsletter.owner !== login.account) throw forbidden();
  const user = login.context.world.resolve(text(variables["user_id"]) ?? "")?.account;
  if (user === undefined) throw new MexError(404, "Not Found");
  return { newsletter, user };
}

function forbidden(): MexError {
  return new MexError(403, "Forbidden");
}

function now({ clock }: ServerContext): number {
  return Number(unixTime(clock));
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  // JSON of the client: what is no object has no entries.
  return typeof value === "object" && value !== null ? { ...value } : {};
}
