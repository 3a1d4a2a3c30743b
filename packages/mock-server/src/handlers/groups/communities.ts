import { node } from "../../replies.ts";
import type { StanzaFamily } from "../../routing/router.ts";
import { type BinaryNode, attr, children, requiredAttr } from "../../wire/binary-node.ts";
import type { Community } from "../../world/communities.ts";
import { GroupRefusal } from "../../world/group-refusal.ts";
import type { Group } from "../../world/group.ts";
import { groupLine, groupNode, groupPreview } from "./group-node.ts";
import { joinedNodes } from "./joining.ts";
import { type GroupRequest, addressedGroup, groupRoute, knownGroup, personAttrs } from "./route.ts";

/** Communities: groups under a parent. Each request goes to the parent. */
export const communities: StanzaFamily = [
  groupRoute("set", "links", (request) => {
    const community = addressedCommunity(request);
    const links = children(request.asked, "link").map(({ attrs, content }) =>
      node(
        "link",
        attrs,
        forEachGroup(content, request, (group) => community.link(request.by, group)),
      ),
    );
    return [node("links", {}, links)];
  }),
  groupRoute("set", "unlink", (request) => {
    const community = addressedCommunity(request);
    const { attrs, content } = request.asked;
    const groups = forEachGroup(content, request, (group, asked) =>
      community.unlink(request.by, group, {
        removeOrphans: attr(asked, "remove_orphaned_members") === "true",
      }),
    );
    return [node("unlink", attrs, groups)];
  }),
  groupRoute("set", "delete_parent", (request) => {
    request.login.context.world.groups.dissolve(addressedCommunity(request), request.by);
    return undefined;
  }),
  groupRoute("get", "sub_groups", (request) => {
    const community = memberCommunity(request);
    const lines = community.subGroups.map((group) => groupLine(group, { id: group.id }));
    return [node("sub_groups", {}, lines)];
  }),
  groupRoute("get", "linked_groups_participants", (request) => {
    const people = memberCommunity(request).parent.members.map(({ account }) =>
      node("participant", personAttrs(account)),
    );
    return [node("linked_groups_participants", {}, people)];
  }),
  groupRoute("get", "query_linked", (request) => {
    const group = linkedGroup(request);
    const known = group.has(request.by) ? groupNode(group) : groupPreview(group);
    return [node("linked_group", { jid: group.jid }, [known])];
  }),
  groupRoute("set", "join_linked_group", (request) => {
    const group = linkedGroup(request);
    const result = group.door.join(request.by, "linked_group_join");
    if (result === "waiting") return joinedNodes(group, result);
    return [node("linked_group", { jid: group.jid }, [groupNode(group)])];
  }),
];

/** The community the request is sent to. Throws 404 for a group that is not the parent of one. */
function addressedCommunity(request: GroupRequest): Community {
  const group = addressedGroup(request);
  if (group.community?.parent !== group) throw new GroupRefusal(404, "There is no such community");
  return group.community;
}

function memberCommunity(request: GroupRequest): Community {
  const community = addressedCommunity(request);
  community.parent.requireMember(request.by);
  return community;
}

/** The group in the community that the request names. */
function linkedGroup(request: GroupRequest): Group {
  const community = memberCommunity(request);
  const group = knownGroup(requiredAttr(request.asked, "jid"), request.login);
  if (!community.subGroups.includes(group)) {
    throw new GroupRefusal(404, "The group is not linked to this community");
  }
  return group;
}

/** Does something with each group named; one that is refused has an error of its own. */
function forEachGroup(
  content: BinaryNode["content"],
  { login }: GroupRequest,
  act: (group: Group, asked: BinaryNode) => void,
): BinaryNode[] {
  const asked = Array.isArray(content) ? content : [];
  return asked.map((each) => {
    const jid = requiredAttr(each, "jid");
    try {
      act(knownGroup(jid, login), each);
      return node("group", { jid });
    } catch (error) {
      if (!(error instanceof GroupRefusal)) throw error;
      return node("group", { jid, error: String(error.status) });
    }
  });
}
