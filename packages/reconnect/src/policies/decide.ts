import { causes } from "../causes.ts";
import { backOff } from "./back-off.ts";
import { clientOutdated } from "./client-outdated.ts";
import { hold } from "./hold.ts";
import type { Decision, PolicyContext } from "./policy.ts";
import { qrWindow } from "./qr-window.ts";
import { rateLimited } from "./rate-limited.ts";
import { recycle } from "./recycle.ts";
import { refused } from "./refused.ts";
import { replaced } from "./replaced.ts";
import { restartRequired } from "./restart-required.ts";
import { askRule } from "./rule.ts";
import { stop } from "./stop.ts";
import { temporaryBan } from "./temporary-ban.ts";

/** Asks the rule of the settings, and the policy family of the disconnect's cause when there is none or it keeps it. */
export function decide(context: PolicyContext): Decision {
  const { family } = causes[context.disconnect.cause].rule;
  const { verdict, error } = family === "stop" || family === "recycle" ? {} : askRule(context);
  if (verdict !== undefined) return { verdict };
  const usual = decideByFamily(context);
  return error === undefined ? usual : { ...usual, ruleError: error };
}

function decideByFamily(context: PolicyContext): Decision {
  const { rule } = causes[context.disconnect.cause];
  switch (rule.family) {
    case "restart-required":
      return restartRequired(context);
    case "recycle":
      return recycle(context);
    case "replaced":
      return replaced(context);
    case "back-off":
      return backOff(context);
    case "rate-limited":
      return rateLimited(context);
    case "refused":
      return refused(context);
    case "client-outdated":
      return clientOutdated(context);
    case "temporary-ban":
      return temporaryBan(context);
    case "qr-window":
      return qrWindow(context);
    case "hold":
      return hold(rule.needs);
    case "stop":
      return stop(context);
  }
}
