import { node } from "../../replies.ts";
import type { StanzaFamily } from "../../routing/router.ts";
import { type BinaryNode, children, requiredAttr } from "../../wire/binary-node.ts";
import type { Group } from "../../world/group.ts";
import { groupNode, withCommunityTwin } from "./group-node.ts";
import { type GroupRequest, addressedGroup, groupRoute } from "./route.ts";

/** What is known about groups: one, several, all that a person is in. */
export const groupQueries: StanzaFamily = [
  groupRoute("get", "query", (request) => {
    const wanted = children(request.asked, "group");
    if (wanted.length > 0)
      return [
        node(
          "groups",
          {},
          wanted.map((each) => oneOfMany(each, request)),
        ),
      ];
    const group = addressedGroup(request);
    group.requireMember(request.by);
    return withCommunityTwin(groupNode(group), group);
  }),
  groupRoute("get", "participating", ({ by, login }) => {
    const groups = login.context.world.groups.of(by);
    return [
      node(
        "groups",
        {},
        groups.map((group) => groupNode(group)),
      ),
      node(
        "communities",
        {},
        groups.flatMap((group) => communityNode(group)),
      ),
    ];
  }),
  // Pictures are not kept.
  groupRoute("get", "pictures", () => [node("pictures", {}, [])]),
  // "I have seen it", after a group was joined.
  groupRoute("set", "ack", () => undefined),
];

/** One group of a batch: a group that cannot be told about has an error of its own. */
function oneOfMany(wanted: BinaryNode, { login, by }: GroupRequest): BinaryNode {
  const id = requiredAttr(wanted, "jid");
  const group = login.context.world.groups.get(id);
  if (group?.has(by)) return groupNode(group);
  return node("group", { id: id.replace(/@.*$/, ""), error: group === undefined ? "404" : "403" });
}

function communityNode(group: Group): readonly BinaryNode[] {
  return withCommunityTwin(groupNode(group), group).slice(1);
}
