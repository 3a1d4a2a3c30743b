import type { ServerContext } from "../../context.ts";
import { notify } from "../../news/notify.ts";
import { node } from "../../replies.ts";
import type { BinaryNode } from "../../wire/binary-node.ts";
import type { Account } from "../../world/account.ts";
import type { GroupChange, GroupNews } from "../../world/group-news.ts";
import type { Group } from "../../world/group.ts";
import { groupLine, groupNode } from "./group-node.ts";
import { personAttrs } from "./route.ts";
import { settingNode } from "./setting-nodes.ts";

/** Something to say, and whom to. */
interface Announcement {
  readonly to: readonly Account[];
  readonly child: BinaryNode;
}

/** Tells everybody concerned what happened in a group, the one who did it and those who were removed included. */
export function announceGroupNews(context: ServerContext, { group, by, change }: GroupNews): void {
  const actor =
    by === undefined ? {} : { participant: by.lid, participant_pn: by.pn, notify: by.name };
  for (const { to, child } of announcements(group, change)) {
    for (const account of to) {
      notify(context, account, {
        type: "w:gp2",
        from: group.jid,
        attrs: { ...actor, addressing_mode: "lid" },
        content: [child],
      });
    }
  }
}

function announcements(group: Group, change: GroupChange): readonly Announcement[] {
  const members = group.members.map(({ account }) => account);
  const admins = members.filter((account) => group.isAdmin(account));
  const toMembers = (child: BinaryNode): readonly Announcement[] => [{ to: members, child }];
  switch (change.kind) {
    case "created":
      return toMembers(node("create", { type: "new" }, [groupNode(group)]));
    case "added":
      return added(group, members, change);
    case "removed": {
      const child = node("remove", versions(group), participants(change.who));
      return [{ to: [...members, ...change.who], child }];
    }
    case "promoted":
      return toMembers(node("promote", versions(group), participants(change.who)));
    case "demoted":
      return toMembers(node("demote", versions(group), participants(change.who)));
    case "subject": {
      const { text, at, by } = group.subject;
      const attrs = { subject: text, s_t: String(at), s_o: by.lid, s_o_pn: by.pn };
      return toMembers(node("subject", attrs));
    }
    case "description":
      return toMembers(descriptionNode(group));
    case "setting":
      return toMembers(settingNode(change.name, group.settings));
    case "invite-link":
      // Nobody else may see the link.
      return [{ to: admins, child: node("invite", { code: group.door.linkCode }) }];
    case "join-requested":
      // messages-recv.js reads one person from each of these two.
      return change.who.map((person) => ({
        to: admins,
        child: node("created_membership_requests", { request_method: change.method }, [
          node("requested_user", personAttrs(person)),
        ]),
      }));
    case "join-request-dropped":
      return change.who.map((person) => ({
        to: admins,
        child: node("revoked_membership_requests", {}, participants([person])),
      }));
    case "linked":
      return toMembers(linkNode("link", group, change.other, {}));
    case "unlinked":
      return toMembers(linkNode("unlink", group, change.other, { unlink_reason: change.reason }));
    case "deleted":
      return [{ to: change.who, child: node("delete", { reason: "delete_parent" }) }];
  }
}

/** A newcomer is shown the whole group, which Baileys turns into `groups.upsert`. The others only hear who came. */
function added(
  group: Group,
  members: readonly Account[],
  { who, reason }: GroupChange & { readonly kind: "added" },
): readonly Announcement[] {
  const why = reason === undefined ? {} : { reason };
  return [
    {
      to: members.filter((account) => !who.includes(account)),
      child: node("add", { ...versions(group), ...why }, participants(who)),
    },
    { to: who, child: node("create", why, [groupNode(group)]) },
  ];
}

function descriptionNode({ description }: Group): BinaryNode {
  if (description === undefined) return node("description", { delete: "true" });
  const { id, text } = description;
  return node("description", { id }, [node("body", {}, Buffer.from(text))]);
}

function linkNode(
  tag: "link" | "unlink",
  group: Group,
  other: Group,
  attrs: Readonly<Record<string, string>>,
): BinaryNode {
  // By now an unlinked group knows no community; the other side of it does.
  const isParent = group.community?.parent === group;
  const type = isParent ? "sub_group" : "parent_group";
  return node(tag, { [`${tag}_type`]: type, ...attrs }, [groupLine(other, { jid: other.jid })]);
}

function participants(people: readonly Account[]): BinaryNode[] {
  return people.map((account) => node("participant", personAttrs(account)));
}

function versions({ version }: Group): Record<string, string> {
  return { prev_v_id: String(version - 1), v_id: String(version) };
}
