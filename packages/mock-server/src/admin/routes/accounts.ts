import { type PersonForm, personForm, personFormOf } from "../forms/people.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import type { PersonOptions } from "../../world/world.ts";
import { described } from "../schema/schema.ts";
import { type ObjectSchema, object, optional } from "../schema/shapes.ts";
import { text } from "../schema/values.ts";

const who: ObjectSchema<PersonOptions> = object<PersonOptions>({
  name: optional(text({ maxLength: 256 })),
  phoneNumber: optional(
    described(text({ maxLength: 64 }), "With country code; follows from the seed and the name"),
  ),
});
const tag = "people";
const notes = "The same name or number is the same person. Without either it is somebody new.";

/** Making people. */
export const accounts: readonly Operation[] = [
  jsonOperation({
    method: "POST",
    path: "/admin/accounts",
    id: "makeAccount",
    tag,
    summary: "The phone of an account that clients are linked to",
    notes,
    body: who,
    answer: personForm,
    run: ({ body }, { context }): PersonForm => personFormOf(context.people.phone(body)),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts",
    id: "makeContact",
    tag,
    summary: "Someone to chat with",
    notes,
    body: who,
    answer: personForm,
    run: ({ body }, { context }): PersonForm => personFormOf(context.people.contact(body)),
  }),
];
