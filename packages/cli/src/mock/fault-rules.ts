import { readFile } from "node:fs/promises";
import { UsageError } from "@motte/core/errors";

/** A rule as it was written, of a fault that there may be. */
export interface FaultRule {
  readonly fault: string;
  readonly [setting: string]: unknown;
}

/** The rules that were typed, and those of a file. Throws a `UsageError` for what reads as none. */
export async function faultRules(
  typed: readonly string[],
  file: string | undefined,
): Promise<readonly FaultRule[]> {
  return [...typed.map(faultRule), ...(file === undefined ? [] : await faultRulesOf(file))];
}

/** A rule as typed: `stream-error code=503 times=2`. Values that read as JSON count as that, others as text. */
function faultRule(typed: string): FaultRule {
  const [name = "", ...settings] = typed.trim().split(/\s+/);
  const entries = settings.map((setting): [string, unknown] => {
    const at = setting.indexOf("=");
    if (at < 1) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `"${setting}" is no setting of a fault: write name=value, for example --fault "stream-error code=503"`,
      );
    }
    return [setting.slice(0, at), jsonOrText(setting.slice(at + 1))];
  });
  return { ...Object.fromEntries(entries), fault: name };
}

/** The rules of a file: a plan with `rules`, as `GET /admin/faults` and a failed test print it, or a list of rules. */
async function faultRulesOf(path: string): Promise<readonly FaultRule[]> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The faults of ${path} cannot be read as JSON: name a file with a list of rules, such as [{ "fault": "stream-error", "code": 503 }]`,
      { cause },
    );
  }
  const rules = isObject(content) && "rules" in content ? content["rules"] : content;
  if (!Array.isArray(rules)) throw noRules(path);
  return rules.map((rule: unknown) => {
    if (!isObject(rule) || typeof rule["fault"] !== "string") throw noRules(path);
    return { ...rule, fault: rule["fault"] };
  });
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function noRules(path: string): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `${path} holds no faults: write a list of rules, each with the name of its "fault"`,
  );
}
