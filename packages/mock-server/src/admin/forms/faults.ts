import { type FaultName, faultNames, findFault } from "../../faults/catalogue.ts";
import type { FaultFiring, FaultRule, FaultRuleSpec } from "../../faults/fault-rule.ts";
import { type JsonSchema, type Schema, described, mustBe, named } from "../schema/schema.ts";
import { type ObjectSchema, either, object, openObject, optional } from "../schema/shapes.ts";
import { choice, decimal, flag, integer, text } from "../schema/values.ts";

/** A fault that is in place, in JSON. */
export interface RuleForm {
  readonly id: string;
  readonly fault: string;
  readonly fired: number;
  readonly active: boolean;
  readonly spec: object;
}

export interface FiringForm {
  readonly rule: string;
  readonly fault: string;
  readonly at: number;
  readonly connection?: string;
}

const faultName: Schema<FaultName> = {
  ...text({ maxLength: 64 }),
  read(value, at) {
    const fault = typeof value === "string" ? findFault(value) : undefined;
    if (fault !== undefined) return fault.name;
    throw mustBe(at, `a fault: one of ${faultNames().join(", ")}`);
  },
};

interface KnownOptions {
  readonly fault: FaultName;
  readonly times?: number | "always";
  readonly skip?: number;
  readonly probability?: number;
  readonly phone?: string;
  readonly connection?: string;
}

const spec = openObject<KnownOptions>({
  fault: faultName,
  times: optional(
    described(either(integer({ min: 1 }), choice(["always"])), "How often it fires; 1"),
  ),
  skip: optional(described(integer({ min: 0 }), "Occasions that pass before the first; 0")),
  probability: optional(
    described(decimal({ min: 0, max: 1 }), "The chance that it fires on an occasion; 1"),
  ),
  phone: optional(described(text(), "Only clients of the phone with this number")),
  connection: optional(described(text(), "Only the connection with this id")),
});
const about: JsonSchema = {
  description:
    "A fault and its settings, which stand beside the fields every rule has. GET /admin/faults/catalogue lists them.",
};

export const ruleSpec: Schema<FaultRuleSpec> = named("FaultRuleSpec", {
  ...spec,
  json: { ...spec.json, ...about },
});

/** The same as a whole body. */
export const ruleBody: ObjectSchema<FaultRuleSpec> = {
  ...ruleSpec,
  fields: {},
  mayBeEmpty: false,
};

export const ruleForm: Schema<RuleForm> = named(
  "FaultRule",
  object<RuleForm>({
    id: text(),
    fault: text(),
    fired: described(integer({ min: 0 }), "How often it has fired"),
    active: described(flag(), "It may still fire"),
    spec: described(openObject({}), "The rule with its defaults"),
  }),
);

export const firingForm: Schema<FiringForm> = named(
  "FaultFiring",
  object<FiringForm>({
    rule: text(),
    fault: text(),
    at: described(integer(), "Milliseconds since the epoch, on the server's clock"),
    connection: optional(text()),
  }),
);

export function ruleFormOf({ id, fault, fired, active, spec: own }: FaultRule): RuleForm {
  return { id, fault, fired, active, spec: own };
}

export function firingFormOf({ rule, fault, at, connection }: FaultFiring): FiringForm {
  return {
    rule,
    fault,
    at: Math.floor(at),
    ...(connection === undefined ? {} : { connection }),
  };
}
