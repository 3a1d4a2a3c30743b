import { node } from "../../replies.ts";
import type { LoginRoute, StanzaFamily } from "../../routing/router.ts";
import { children, requiredAttr } from "../../wire/binary-node.ts";
import type { Account } from "../../world/account.ts";
import type { MemberOutcomes } from "../../world/group-outcomes.ts";
import type { Group } from "../../world/group.ts";
import { addressedGroup, groupRoute, knownPeople, namedPeople, outcomeNodes } from "./route.ts";

type Act = (group: Group, by: Account, people: readonly Account[]) => MemberOutcomes;

/** A request about several members, answered with what became of each. */
function aboutMembers(tag: string, act: Act): LoginRoute {
  return groupRoute("set", tag, (request) => {
    const named = namedPeople(request.asked, request.login);
    const outcomes = act(addressedGroup(request), request.by, knownPeople(named));
    return [node(tag, {}, outcomeNodes(named, outcomes))];
  });
}

/** Who is in a group, and as what. */
export const groupParticipants: StanzaFamily = [
  aboutMembers("add", (group, by, people) => group.membership.add(by, people)),
  // In a community this is for all of its groups, with `linked_groups` or without.
  aboutMembers("remove", (group, by, people) => group.membership.remove(by, people)),
  aboutMembers("promote", (group, by, people) => group.membership.promote(by, people)),
  aboutMembers("demote", (group, by, people) => group.membership.demote(by, people)),
  aboutMembers("revoke", (group, by, people) => group.door.revokeInvitations(by, people)),
  // The children are `group`, or `community` in communities.js.
  groupRoute("set", "leave", ({ asked, by, login }) => {
    const left = children(asked).map(({ tag, attrs }) => {
      const id = requiredAttr({ tag, attrs }, "id");
      const group = login.context.world.groups.get(id);
      // The server writes the id of a group without its server.
      const named = { id: id.replace(/@.*$/, "") };
      if (!group?.has(by)) return node(tag, { ...named, error: "404" });
      group.membership.leave(by);
      return node(tag, named);
    });
    return [node("leave", {}, left)];
  }),
];
