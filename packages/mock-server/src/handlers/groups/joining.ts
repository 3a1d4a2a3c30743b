import { node } from "../../replies.ts";
import type { StanzaFamily } from "../../routing/router.ts";
import { type BinaryNode, attr, children, requiredAttr } from "../../wire/binary-node.ts";
import { GroupRefusal } from "../../world/group-refusal.ts";
import type { Group } from "../../world/group.ts";
import type { JoinRequest } from "../../world/group-requests.ts";
import { groupPreview, withCommunityTwin } from "./group-node.ts";
import {
  addressedGroup,
  groupRoute,
  knownPeople,
  namedPeople,
  outcomeNodes,
  personAttrs,
} from "./route.ts";

/** The ways in: the invite link, an invitation for one person, and asking the admins. */
export const groupJoining: StanzaFamily = [
  groupRoute("get", "invite", (request) => {
    const { asked, by, login } = request;
    const code = attr(asked, "code");
    if (code === undefined) return [linkNode(addressedGroup(request).door.linkCodeFor(by))];
    const group = login.context.world.groups.byLinkCode(code);
    return withCommunityTwin(groupPreview(group), group);
  }),
  groupRoute("set", "invite", (request) => {
    const { asked, by, login } = request;
    const code = attr(asked, "code");
    if (code === undefined) {
      const group = addressedGroup(request);
      group.door.resetLink(by);
      return [linkNode(group.door.linkCode)];
    }
    const group = login.context.world.groups.byLinkCode(code);
    return joinedNodes(group, group.door.join(by, "invite"));
  }),
  groupRoute("set", "accept", (request) => {
    const group = addressedGroup(request);
    group.door.accept(request.by, requiredAttr(request.asked, "code"));
    return [node("group", { jid: group.jid })];
  }),
  groupRoute("get", "membership_approval_requests", (request) => {
    const group = addressedGroup(request);
    group.requireAdmin(request.by);
    return [node("membership_approval_requests", {}, group.door.requests.map(requestNode))];
  }),
  groupRoute("set", "membership_requests_action", (request) => {
    const group = addressedGroup(request);
    const [action] = children(request.asked);
    if (action?.tag !== "approve" && action?.tag !== "reject") {
      throw new GroupRefusal(406, "Requests are approved or rejected");
    }
    const named = namedPeople(action, request.login);
    const outcomes = group.door[action.tag](request.by, knownPeople(named));
    const answer = node(action.tag, {}, outcomeNodes(named, outcomes));
    return [node("membership_requests_action", {}, [answer])];
  }),
];

/** The group as the answer to joining it; `community` is what communities.js looks for. */
export function joinedNodes(group: Group, result: "joined" | "waiting"): BinaryNode[] {
  const attrs = { jid: group.jid };
  if (result === "waiting") return [node("membership_approval_request", attrs)];
  const isCommunity = group.community?.parent === group;
  return [node("group", attrs), ...(isCommunity ? [node("community", attrs)] : [])];
}

function linkNode(code: string): BinaryNode {
  return node("invite", { code });
}

function requestNode({ account, method, at, requestor }: JoinRequest): BinaryNode {
  return node("membership_approval_request", {
    ...personAttrs(account),
    request_time: String(at),
    request_method: method,
    ...(requestor === undefined ? {} : { requestor: requestor.lid, requestor_pn: requestor.pn }),
  });
}
