import { node } from "../../replies.ts";
import type { BinaryNode } from "../../wire/binary-node.ts";
import type { Group } from "../../world/group.ts";
import { personAttrs } from "./route.ts";
import { settingNodes } from "./setting-nodes.ts";

/** All a client learns about a group. `extra` are participants who could not be added. */
export function groupNode(group: Group, extra: readonly BinaryNode[] = []): BinaryNode {
  return describe(group, [...participantNodes(group), ...extra]);
}

/** What one who is not in it learns: how many are, but not who. */
export function groupPreview(group: Group): BinaryNode {
  return describe(group, []);
}

/**
 * The group as groups.js reads it and, when it is the parent of a community, once more as communities.js does:
 * that looks for `<community>` in answers to the very same requests.
 */
export function withCommunityTwin(group: BinaryNode, { community, id }: Group): BinaryNode[] {
  if (community?.parent.id !== id) return [group];
  const mode = node("addressing_mode", {}, Buffer.from("lid"));
  const children = Array.isArray(group.content) ? group.content : [];
  return [group, { ...group, tag: "community", content: [...children, mode] }];
}

/** A group as one line in a list of groups. */
export function groupLine(group: Group, ids: Readonly<Record<string, string>>): BinaryNode {
  const { subject, community } = group;
  const attrs = {
    ...ids,
    subject: subject.text,
    s_t: String(subject.at),
    creation: String(group.creation),
    creator: group.creator.lid,
    size: String(group.size),
  };
  const place = community?.placeOf(group);
  return node("group", attrs, [
    ...(place === "announcements" ? [node("default_sub_group")] : []),
    ...(place === "general-chat" ? [node("general_chat")] : []),
  ]);
}

function describe(group: Group, participants: readonly BinaryNode[]): BinaryNode {
  const { subject, creator } = group;
  const attrs = {
    id: group.id,
    subject: subject.text,
    s_t: String(subject.at),
    s_o: subject.by.lid,
    s_o_pn: subject.by.pn,
    creation: String(group.creation),
    creator: creator.lid,
    creator_pn: creator.pn,
    addressing_mode: "lid",
    size: String(group.size),
    p_v_id: String(group.version),
  };
  return node("group", attrs, [
    ...participants,
    ...descriptionNodes(group),
    ...settingNodes(group.settings),
    ...communityNodes(group),
  ]);
}

function participantNodes(group: Group): BinaryNode[] {
  return group.members.map(({ account, role }) =>
    node("participant", { ...personAttrs(account), ...(role === "member" ? {} : { type: role }) }),
  );
}

function descriptionNodes({ description }: Group): BinaryNode[] {
  if (description === undefined) return [];
  const { id, by, at, text } = description;
  const attrs = { id, t: String(at), participant: by.lid, participant_pn: by.pn };
  return [node("description", attrs, [node("body", {}, Buffer.from(text))])];
}

function communityNodes(group: Group): BinaryNode[] {
  const { community } = group;
  if (community === undefined) return [];
  const place = community.placeOf(group);
  if (place === "parent") {
    const mode = community.approvalOfSubGroups;
    return [node("parent", mode === undefined ? {} : { default_membership_approval_mode: mode })];
  }
  return [
    node("linked_parent", { jid: community.parent.jid }),
    ...(place === "announcements" ? [node("default_sub_group")] : []),
    ...(place === "general-chat" ? [node("general_chat")] : []),
  ];
}
