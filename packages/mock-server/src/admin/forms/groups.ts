import type { MockGroup, MockGroupMember } from "../../phone/group.ts";
import type { GroupSettings } from "../../world/group-settings.ts";
import { type Schema, named } from "../schema/schema.ts";
import { type ObjectSchema, list, object, optional } from "../schema/shapes.ts";
import { choice, flag, integer, text } from "../schema/values.ts";

/** A group of the server's world, in JSON. */
export interface GroupForm {
  readonly jid: string;
  readonly subject: string;
  readonly description?: string;
  readonly settings: GroupSettings;
  readonly members: readonly MockGroupMember[];
  readonly inviteCode: string;
  /** LIDs. */
  readonly joinRequests: readonly string[];
}

const MANY = { max: 1_000_000 };
const LONGEST_SECONDS = 0xff_ff_ff_ff;

const announce = flag();
const locked = flag();
const ephemeral = integer({ min: 0, max: LONGEST_SECONDS });
const memberAddMode = choice(["admin_add", "all_member_add"]);
const memberLinkMode = choice(["admin_link", "all_member_link"]);

const settings: Schema<GroupSettings> = named(
  "GroupSettings",
  object<GroupSettings>({
    announce,
    locked,
    ephemeral,
    memberAddMode,
    memberLinkMode,
    joinApproval: flag(),
    allowAdminReports: flag(),
    allowNonAdminSubGroupCreation: flag(),
  }),
);

/** Settings to change; those left out stay as they are. */
export const settingsChange: ObjectSchema<Partial<GroupSettings>> = object<Partial<GroupSettings>>({
  announce: optional(announce),
  locked: optional(locked),
  ephemeral: optional(ephemeral),
  memberAddMode: optional(memberAddMode),
  memberLinkMode: optional(memberLinkMode),
  joinApproval: optional(flag()),
  allowAdminReports: optional(flag()),
  allowNonAdminSubGroupCreation: optional(flag()),
});

export const groupForm: Schema<GroupForm> = named(
  "Group",
  object<GroupForm>({
    jid: text(),
    subject: text({ minLength: 0 }),
    description: optional(text({ minLength: 0 })),
    settings,
    members: list(
      object<MockGroupMember>({
        name: text(),
        phoneNumber: text(),
        pn: text(),
        lid: text(),
        role: choice(["member", "admin", "superadmin"]),
      }),
      MANY,
    ),
    inviteCode: text(),
    joinRequests: list(text(), MANY),
  }),
);

export function groupFormOf(group: MockGroup): GroupForm {
  const { jid, subject, description, settings: own, members, inviteCode, joinRequests } = group;
  return {
    jid,
    subject,
    ...(description === undefined ? {} : { description }),
    settings: own,
    members,
    inviteCode,
    joinRequests,
  };
}
