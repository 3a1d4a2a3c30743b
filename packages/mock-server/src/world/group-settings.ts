/** What admins set for a group. */
export interface GroupSettings {
  /** Only admins may send messages. */
  readonly announce: boolean;
  /** Only admins may change subject, description and the time messages last. Baileys calls it `restrict`. */
  readonly locked: boolean;
  /** How long messages last, in seconds; 0 is for ever. */
  readonly ephemeral: number;
  /** Who may add people. */
  readonly memberAddMode: "admin_add" | "all_member_add";
  /** Who may see and hand on the invite link. */
  readonly memberLinkMode: "admin_link" | "all_member_link";
  /** Who comes by link, or is added by one who is no admin, has to wait for an admin. */
  readonly joinApproval: boolean;
  /** Members may report messages to the admins. */
  readonly allowAdminReports: boolean;
  /** In a community: members who are no admins may make groups in it. */
  readonly allowNonAdminSubGroupCreation: boolean;
}

/** The settings of a group that was just made in the app. */
export const newGroupSettings: GroupSettings = {
  announce: false,
  locked: false,
  ephemeral: 0,
  memberAddMode: "all_member_add",
  memberLinkMode: "admin_link",
  joinApproval: false,
  allowAdminReports: false,
  allowNonAdminSubGroupCreation: false,
};

/** Settings every member may change while the group is not locked. The others are for admins. */
export const membersMaySet: readonly (keyof GroupSettings)[] = ["ephemeral"];

export const settingNames: readonly (keyof GroupSettings)[] = [
  "announce",
  "locked",
  "ephemeral",
  "memberAddMode",
  "memberLinkMode",
  "joinApproval",
  "allowAdminReports",
  "allowNonAdminSubGroupCreation",
];
