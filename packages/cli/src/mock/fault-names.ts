import { UsageError } from "@motte/core/errors";
import { type FaultRuleSpec, faultCatalogue } from "@motte/mock-server";
import { didYouMeanOneOf } from "../did-you-mean.ts";
import type { FaultRule } from "./fault-rules.ts";

/** A rule whose fault there is. Throws a `UsageError` for any other. */
export function namedFault(rule: FaultRule): FaultRuleSpec {
  const names = faultCatalogue.flatMap(({ faults }) => faults).map(({ name }) => name);
  const fault = names.find((name) => name === rule.fault);
  if (fault !== undefined) return { ...rule, fault };
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `There is no fault "${rule.fault}"${didYouMeanOneOf(rule.fault, names)}; motte mock --list-faults lists all ${names.length}`,
  );
}
