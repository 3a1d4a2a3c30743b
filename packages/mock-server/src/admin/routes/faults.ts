import { faultCatalogue } from "../../faults/catalogue.ts";
import type { FaultRuleSpec } from "../../faults/fault-rule.ts";
import { HttpError } from "../../http/errors.ts";
import {
  type FiringForm,
  type RuleForm,
  firingForm,
  firingFormOf,
  ruleBody,
  ruleForm,
  ruleFormOf,
  ruleSpec,
} from "../forms/faults.ts";
import { type TimeoutForm, timeoutMs } from "../forms/timeout.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import type { AdminFaults } from "../parts.ts";
import { type Schema, described, named } from "../schema/schema.ts";
import { type ObjectSchema, list, object, optional } from "../schema/shapes.ts";
import { anything, integer, text } from "../schema/values.ts";

interface PlanForm {
  readonly seed: string;
  readonly rules: readonly FaultRuleSpec[];
}

interface FaultsForm {
  readonly rules: readonly RuleForm[];
  readonly firings: readonly FiringForm[];
  readonly plan: PlanForm;
}

interface SettingForm {
  readonly name: string;
  readonly type: string;
  readonly doc: string;
  readonly fallback?: unknown;
}

interface CatalogueEntry {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  readonly settings: readonly SettingForm[];
}

const tag = "faults";
const MOST_RULES = 1_000;
const MANY = { max: 1_000_000 };
const LAST_FIRINGS = 1_000;

const faultsForm: Schema<FaultsForm> = named(
  "Faults",
  object<FaultsForm>({
    rules: described(list(ruleForm, MANY), "Rules that may still fire, oldest first"),
    firings: described(list(firingForm, { max: LAST_FIRINGS }), "What fired, oldest first"),
    plan: described(
      object<PlanForm>({ seed: text(), rules: list(ruleSpec, MANY) }),
      "Every rule there ever was, with the seed that repeats them",
    ),
  }),
);

const params: ObjectSchema<{ readonly rule: string }> = object<{ readonly rule: string }>({
  rule: described(text({ maxLength: 64 }), "The id of a rule"),
});

/** What goes wrong on purpose. */
export const faults: readonly Operation[] = [
  jsonOperation({
    method: "GET",
    path: "/admin/faults",
    id: "faults",
    tag,
    summary: "The rules in place, what fired, and the plan that repeats it all",
    answer: faultsForm,
    run: (_, parts) => faultsFormOf(parts.faults),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/faults",
    id: "addFault",
    tag,
    summary: "Makes something go wrong",
    notes: "A fault of a session hits one that is there at once, and else the next.",
    body: ruleBody,
    answer: ruleForm,
    run({ body }, parts) {
      const { fault, ...options } = body;
      return ruleFormOf(parts.faults.add(fault, options));
    },
  }),
  jsonOperation({
    method: "PUT",
    path: "/admin/faults",
    id: "replaceFaults",
    tag,
    summary: "Puts the rules of a plan in the place of those there are, all of them or none",
    notes:
      "With a `seed`, the server has to run with it: a plan fires at the same occasions only on a server with the same seed. Leave it out to apply the rules to any server.",
    body: object<{ readonly seed?: string; readonly rules: readonly FaultRuleSpec[] }>({
      seed: optional(text()),
      rules: list(ruleSpec, { max: MOST_RULES }),
    }),
    answer: faultsForm,
    fails: [409],
    run({ body }, { faults: plan, seed }) {
      if (body.seed !== undefined && body.seed !== seed) {
        throw new HttpError(
          "HTTP_CONFLICT",
          "This plan is for a server with another seed: leave its seed out to apply it to this one",
        );
      }
      // The new rules are checked before the old ones go.
      const before = plan.rules;
      plan.apply(body.rules);
      for (const rule of before) rule.remove();
      return faultsFormOf(plan);
    },
  }),
  jsonOperation({
    method: "DELETE",
    path: "/admin/faults",
    id: "clearFaults",
    tag,
    summary: "Takes all rules away; what they have begun comes to its end",
    answer: faultsForm,
    run(_, parts) {
      parts.faults.clear();
      return faultsFormOf(parts.faults);
    },
  }),
  jsonOperation({
    method: "GET",
    path: "/admin/faults/catalogue",
    id: "faultCatalogue",
    tag,
    summary: "Every fault there is, with its settings",
    answer: object<{ readonly faults: readonly CatalogueEntry[] }>({
      faults: list(
        named(
          "Fault",
          object<CatalogueEntry>({
            name: text(),
            group: text(),
            summary: text(),
            settings: list(
              object<SettingForm>({
                name: text(),
                type: text(),
                doc: text(),
                fallback: optional(anything()),
              }),
              MANY,
            ),
          }),
        ),
        MANY,
      ),
    }),
    run: () => ({ faults: catalogue() }),
  }),
  jsonOperation({
    method: "DELETE",
    path: "/admin/faults/{rule}",
    id: "removeFault",
    tag,
    summary: "Takes one rule away",
    params,
    answer: ruleForm,
    fails: [404],
    run(input, parts) {
      const rule = parts.faults.rules.find(({ id }) => id === input.params.rule);
      if (rule === undefined) throw noSuchRule();
      rule.remove();
      return ruleFormOf(rule);
    },
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/faults/{rule}/fired",
    id: "faultFired",
    tag,
    summary: "Waits until a rule has fired so many times in all",
    params,
    body: object<TimeoutForm & { readonly times?: number }>({
      times: optional(described(integer({ min: 1 }), "1 if left out")),
      timeoutMs: optional(timeoutMs),
    }),
    answer: object<{ readonly fired: number }>({ fired: integer({ min: 0 }) }),
    fails: [404, 503, 504],
    async run({ params: { rule: id }, body }, parts) {
      const { times = 1, timeoutMs: limit } = body;
      const fired = (): number => parts.faults.firings.filter(({ rule }) => rule === id).length;
      const rule = parts.faults.rules.find((each) => each.id === id);
      // A rule that is used up is not in the list any more.
      if (rule === undefined && fired() < times) throw noSuchRule();
      await rule?.whenFired(times, limit);
      return { fired: rule?.fired ?? fired() };
    },
  }),
];

function faultsFormOf({ rules, firings, spec }: AdminFaults): FaultsForm {
  return {
    rules: rules.map(ruleFormOf),
    firings: firings.slice(-LAST_FIRINGS).map(firingFormOf),
    plan: spec,
  };
}

function catalogue(): readonly CatalogueEntry[] {
  return faultCatalogue.flatMap(({ group, faults: all }) =>
    all.map(({ name, summary, settings }) => ({ name, group, summary, settings })),
  );
}

function noSuchRule(): HttpError {
  return new HttpError(
    "HTTP_NOT_FOUND",
    "No rule with this id may still fire: GET /admin/faults lists those that may",
  );
}
