import { type Schema, named } from "../schema/schema.ts";
import { object } from "../schema/shapes.ts";

/** It is done, and there is nothing to tell. */
export interface Done {
  readonly ok: true;
}

export const done: Done = { ok: true };

export const doneForm: Schema<Done> = named(
  "Done",
  object<Done>({
    ok: { json: { const: true }, components: {}, expected: "true", read: () => true },
  }),
);
