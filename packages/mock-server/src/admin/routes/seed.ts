import { HttpError } from "../../http/errors.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import { type Schema, named } from "../schema/schema.ts";
import { type ObjectSchema, object } from "../schema/shapes.ts";
import { text } from "../schema/values.ts";

interface Seed {
  readonly seed: string;
}

const fields: ObjectSchema<Seed> = object<Seed>({ seed: text({ maxLength: 1024 }) });
const seedForm: Schema<Seed> = named("Seed", fields);

/**
 * The seed is part of what a server is: the keys it has shown to clients follow from it, and so do the numbers of
 * the people clients know. A server with another seed is another server.
 */
export const seed: readonly Operation[] = [
  jsonOperation({
    method: "GET",
    path: "/admin/seed",
    id: "seed",
    tag: "server",
    summary: "What the server's keys, numbers and ids follow from",
    answer: seedForm,
    run: (_, parts) => ({ seed: parts.seed }),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/seed",
    id: "assertSeed",
    tag: "server",
    summary: "Makes sure that the server runs with this seed",
    notes:
      "A running server cannot take another seed: clients already trust keys and know people that follow from the one it has. For another one the answer is 409; start a new server with it.",
    body: fields,
    answer: seedForm,
    fails: [409],
    run({ body }, parts) {
      if (body.seed === parts.seed) return body;
      throw new HttpError(
        "HTTP_CONFLICT",
        "This server runs with another seed and cannot change it: start a new one with this seed",
      );
    },
  }),
];
