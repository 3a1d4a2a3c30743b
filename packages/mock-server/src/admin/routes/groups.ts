import { type GroupForm, groupForm, groupFormOf, settingsChange } from "../forms/groups.ts";
import { contactOf, groupId, groupOf, personId, personOf } from "../forms/people.ts";
import { MAX_SAYING_BYTES, say, sayingFrom, sentForm } from "../forms/sending.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import type { AdminParts } from "../parts.ts";
import type { GroupActOptions, MockGroup } from "../../phone/group.ts";
import { makeGroup } from "../../phone/group-making.ts";
import type { Person } from "../../phone/person.ts";
import type { GroupSettings } from "../../world/group-settings.ts";
import { described } from "../schema/schema.ts";
import { type ObjectSchema, list, object, optional } from "../schema/shapes.ts";
import { text } from "../schema/values.ts";

interface NewGroupForm {
  readonly subject: string;
  readonly members: readonly string[];
  readonly admins?: readonly string[];
  readonly description?: string;
  readonly settings?: Partial<GroupSettings>;
}

interface ActForm {
  readonly by?: string;
}

interface PeopleForm extends ActForm {
  readonly people: readonly string[];
}

interface SubjectForm extends ActForm {
  readonly subject: string;
}

interface DescriptionForm extends ActForm {
  readonly description?: string;
}

interface SettingsForm extends ActForm {
  readonly settings: Partial<GroupSettings>;
}

const tag = "groups";
const MOST_MEMBERS = 1_024;

const people = list(personId, { min: 1, max: MOST_MEMBERS });
const by = optional(described(personId, "Who does it; whoever made the group if left out"));
const params: ObjectSchema<{ readonly group: string }> = object<{ readonly group: string }>({
  group: groupId,
});

const SUMMARY = {
  add: "Takes people in",
  remove: "Puts people out",
  promote: "Makes members admins",
  demote: "Makes admins ordinary members",
} as const;

/** Making groups, and what people do with them. */
export const groups: readonly Operation[] = [
  jsonOperation({
    method: "POST",
    path: "/admin/groups",
    id: "makeGroup",
    tag,
    summary: "Makes a group; the first member makes it and is its superadmin",
    body: object<NewGroupForm>({
      subject: text(),
      members: people,
      admins: optional(list(personId, { max: MOST_MEMBERS })),
      description: optional(text({ minLength: 0 })),
      settings: optional(settingsChange),
    }),
    answer: groupForm,
    fails: [404, 409],
    run({ body }, parts) {
      const { members, admins, ...rest } = body;
      const options = {
        ...rest,
        members: peopleOf(parts, members),
        ...(admins === undefined ? {} : { admins: peopleOf(parts, admins) }),
      };
      return groupFormOf(makeGroup(options, parts.context));
    },
  }),
  jsonOperation({
    method: "GET",
    path: "/admin/groups/{group}",
    id: "group",
    tag,
    summary: "One group as it is now",
    params,
    answer: groupForm,
    fails: [404],
    run: (input, parts) => groupFormOf(groupOf(parts, input.params.group)),
  }),
  ...(["add", "remove", "promote", "demote"] as const).map((act) =>
    groupAct({
      act,
      summary: SUMMARY[act],
      body: object<PeopleForm>({ people, by }),
      run: (group, { people: named }, options, parts) =>
        group[act](peopleOf(parts, named), options),
    }),
  ),
  groupAct({
    act: "leave",
    summary: "Somebody leaves",
    body: object<{ readonly person: string }>({ person: personId }),
    run: (group, { person }, _, parts) => group.leave(personOf(parts, person)),
  }),
  groupAct({
    act: "join",
    summary: "Somebody comes in by the invite link, or waits for an admin",
    body: object<{ readonly person: string }>({ person: personId }),
    run: (group, { person }, _, parts) => void group.join(personOf(parts, person)),
  }),
  groupAct({
    act: "subject",
    summary: "Changes the subject",
    body: object<SubjectForm>({ subject: text(), by }),
    run: (group, { subject }, options) => group.setSubject(subject, options),
  }),
  groupAct({
    act: "description",
    summary: "Changes the description; without one, takes it away",
    body: object<DescriptionForm>({ description: optional(text({ minLength: 0 })), by }),
    run: (group, { description }, options) => group.setDescription(description, options),
  }),
  groupAct({
    act: "settings",
    summary: "Changes the settings named and leaves the others as they are",
    body: object<SettingsForm>({ settings: settingsChange, by }),
    run: (group, { settings }, options) => group.setSettings(settings, options),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/groups/{group}/send",
    id: "sendInGroup",
    tag,
    summary: "A contact who is a member says something",
    params,
    body: sayingFrom,
    maxBodyBytes: MAX_SAYING_BYTES,
    answer: sentForm,
    fails: [404, 409],
    run({ params: { group }, body }, parts) {
      const { from, ...saying } = body;
      return say(parts, contactOf(parts, from), groupOf(parts, group), saying);
    },
  }),
];

interface GroupAct<Body extends object> {
  readonly act: string;
  readonly summary: string;
  readonly body: ObjectSchema<Body>;
  readonly run: (group: MockGroup, body: Body, options: GroupActOptions, parts: AdminParts) => void;
}

function groupAct<Body extends object>({ act, summary, body, run }: GroupAct<Body>): Operation {
  return jsonOperation({
    method: "POST",
    path: `/admin/groups/{group}/${act}`,
    id: `group${act.charAt(0).toUpperCase()}${act.slice(1)}`,
    tag,
    summary,
    params,
    body,
    answer: groupForm,
    fails: [404, 409],
    run(input, parts): GroupForm {
      const group = groupOf(parts, input.params.group);
      run(group, input.body, actOptions(parts, input.body), parts);
      return groupFormOf(group);
    },
  });
}

function actOptions(parts: AdminParts, body: ActForm): GroupActOptions {
  return body.by === undefined ? {} : { by: personOf(parts, body.by) };
}

function peopleOf(parts: AdminParts, ids: readonly string[]): readonly Person[] {
  return ids.map((id) => personOf(parts, id));
}
