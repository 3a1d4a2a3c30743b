import type { StanzaFamily } from "../../routing/router.ts";
import {
  type BinaryNode,
  attr,
  child,
  children,
  requiredAttr,
  text,
} from "../../wire/binary-node.ts";
import { GroupRefusal } from "../../world/group-refusal.ts";
import type { MadeGroup, NewGroup } from "../../world/groups.ts";
import { groupNode } from "./group-node.ts";
import {
  type GroupRequest,
  groupRoute,
  knownGroup,
  knownPeople,
  namedPeople,
  outcomeNodes,
} from "./route.ts";
import { readSettings } from "./setting-nodes.ts";

/** Making a group, a group in a community, or a community. */
export const groupCreation: StanzaFamily = [
  groupRoute("set", "create", (request) => {
    const named = namedPeople(request.asked, request.login);
    const { group, outcomes } = create(request, {
      subject: attr(request.asked, "subject") ?? "",
      people: knownPeople(named),
      description: readDescription(request.asked),
      settings: readSettings(children(request.asked)),
    });
    const refused = outcomeNodes(named, outcomes).filter(
      (each) => each.attrs["error"] !== undefined,
    );
    return [groupNode(group, refused)];
  }),
];

function create({ asked, by, login }: GroupRequest, wish: NewGroup): MadeGroup {
  const { groups } = login.context.world;
  const parent = child(asked, "parent");
  if (parent !== undefined) {
    return groups.createCommunity(by, {
      ...wish,
      generalChat: child(asked, "create_general_chat") !== undefined,
      approvalOfSubGroups: attr(parent, "default_membership_approval_mode"),
    });
  }
  const linked = child(asked, "linked_parent");
  if (linked === undefined) return groups.create(by, wish);
  const { community } = knownGroup(requiredAttr(linked, "jid"), login);
  if (community === undefined) throw new GroupRefusal(404, "There is no such community");
  return groups.createIn(community, by, wish);
}

function readDescription(asked: BinaryNode): NewGroup["description"] {
  const description = child(asked, "description");
  const body = description && child(description, "body");
  const written = body && text(body);
  // Baileys' communityCreate sends an empty one for none.
  if (description === undefined || !written) return undefined;
  return { id: requiredAttr(description, "id"), text: written };
}
