import type { Account } from "../../world/account.ts";
import { GroupRefusal } from "../../world/group-refusal.ts";
import type { Group } from "../../world/group.ts";
import type { Groups } from "../../world/groups.ts";

/** The groups of a community, as the two mex queries for them want it. */
export interface SubGroupsData {
  readonly xwa2_group_query_by_id: {
    readonly id: string;
    readonly default_sub_group: SubGroup;
    readonly sub_groups: { readonly edges: readonly { readonly node: SubGroup }[] };
  };
}

interface SubGroup {
  readonly id: string;
  readonly subject: { readonly value: string };
  readonly participants_count: number;
  readonly total_participants_count: number;
  readonly properties: { readonly general_chat: boolean };
}

/** The `data` of the mex queries 9935467776504344 and 24079399904996141. Throws a `GroupRefusal`: 404 or 403. */
export function subGroupsData(
  groups: Groups,
  { by, jid }: { readonly by: Account; readonly jid: string },
): SubGroupsData {
  const community = groups.get(jid)?.community;
  if (community === undefined) throw new GroupRefusal(404, "There is no such community");
  const { parent, announcements, subGroups } = community;
  parent.requireMember(by);
  const others = subGroups.filter((group) => group !== announcements);
  return {
    xwa2_group_query_by_id: {
      id: parent.jid,
      default_sub_group: subGroup(announcements),
      sub_groups: { edges: others.map((group) => ({ node: subGroup(group) })) },
    },
  };
}

function subGroup(group: Group): SubGroup {
  return {
    id: group.jid,
    subject: { value: group.subject.text },
    participants_count: group.size,
    total_participants_count: group.size,
    properties: { general_chat: group.community?.placeOf(group) === "general-chat" },
  };
}
