import { node } from "../../replies.ts";
import { type BinaryNode, attr, children, text } from "../../wire/binary-node.ts";
import { GroupRefusal } from "../../world/group-refusal.ts";
import { type GroupSettings, settingNames } from "../../world/group-settings.ts";

type SettingReader = (asked: BinaryNode) => Partial<GroupSettings>;

const READERS: Readonly<Record<string, SettingReader>> = {
  announcement: () => ({ announce: true }),
  not_announcement: () => ({ announce: false }),
  locked: () => ({ locked: true }),
  unlocked: () => ({ locked: false }),
  ephemeral: (asked) => ({ ephemeral: seconds(attr(asked, "expiration")) }),
  not_ephemeral: () => ({ ephemeral: 0 }),
  member_add_mode: (asked) => ({
    memberAddMode: oneOf(text(asked), ["admin_add", "all_member_add"]),
  }),
  member_link_mode: (asked) => ({
    memberLinkMode: oneOf(text(asked), ["admin_link", "all_member_link"]),
  }),
  // The child is `group_join`, or `community_join` where Baileys asks about a community.
  membership_approval_mode: (asked) => ({
    joinApproval: oneOf(children(asked)[0]?.attrs["state"], ["on", "off"]) === "on",
  }),
  allow_admin_reports: () => ({ allowAdminReports: true }),
  not_allow_admin_reports: () => ({ allowAdminReports: false }),
  allow_non_admin_sub_group_creation: () => ({ allowNonAdminSubGroupCreation: true }),
  not_allow_non_admin_sub_group_creation: () => ({ allowNonAdminSubGroupCreation: false }),
};

/** The nodes that change a setting. Each is a request of its own, and may be part of `<create>`. */
export const settingTags: readonly string[] = Object.keys(READERS);

/** The settings these nodes name; others are passed over. Throws 406 for a value that makes no sense. */
export function readSettings(nodes: readonly BinaryNode[]): Partial<GroupSettings> {
  let settings: Partial<GroupSettings> = {};
  for (const each of nodes) settings = { ...settings, ...READERS[each.tag]?.(each) };
  return settings;
}

/** The news that a setting is now like this. */
export function settingNode(name: keyof GroupSettings, settings: GroupSettings): BinaryNode {
  switch (name) {
    case "announce":
      return node(settings.announce ? "announcement" : "not_announcement");
    case "locked":
      return node(settings.locked ? "locked" : "unlocked");
    case "ephemeral":
      return settings.ephemeral === 0
        ? node("not_ephemeral")
        : node("ephemeral", { expiration: String(settings.ephemeral) });
    case "memberAddMode":
      return node("member_add_mode", {}, Buffer.from(settings.memberAddMode));
    case "memberLinkMode":
      return node("member_link_mode", {}, Buffer.from(settings.memberLinkMode));
    case "joinApproval": {
      const state = settings.joinApproval ? "on" : "off";
      return node("membership_approval_mode", {}, [node("group_join", { state })]);
    }
    case "allowAdminReports":
      return node(settings.allowAdminReports ? "allow_admin_reports" : "not_allow_admin_reports");
    case "allowNonAdminSubGroupCreation": {
      const tag = "allow_non_admin_sub_group_creation";
      return node(settings.allowNonAdminSubGroupCreation ? tag : `not_${tag}`);
    }
  }
}

/** The settings in a description of the group, where what is off is left out. */
export function settingNodes(settings: GroupSettings): BinaryNode[] {
  return settingNames
    .filter((name) => settings[name] !== false && settings[name] !== 0)
    .map((name) => settingNode(name, settings));
}

function seconds(value: string | undefined): number {
  if (value !== undefined && /^\d{1,10}$/.test(value)) return Number(value);
  throw new GroupRefusal(406, "How long messages last is a number of seconds");
}

function oneOf<Value extends string>(value: string | undefined, known: readonly Value[]): Value {
  const found = known.find((each) => each === value);
  if (found === undefined) throw new GroupRefusal(406, `It has to be one of ${known.join(", ")}`);
  return found;
}
