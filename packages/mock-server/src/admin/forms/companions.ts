import type { PairedCompanion } from "../../phone/phone.ts";
import { type Schema, named } from "../schema/schema.ts";
import { object } from "../schema/shapes.ts";
import { integer, text } from "../schema/values.ts";

/** A client that was linked, and the phone that did it. */
export interface LinkedForm extends PairedCompanion {
  readonly name: string;
  readonly phoneNumber: string;
}

export const linkedForm: Schema<LinkedForm> = named(
  "Linked",
  object<LinkedForm>({
    name: text(),
    phoneNumber: text(),
    device: integer({ min: 1 }),
    deviceJid: text(),
    deviceLid: text(),
  }),
);
