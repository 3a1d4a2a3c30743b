import { UsageError } from "@motte/core/errors";
import { type CauseExplanation, type Explanation, causes, explain } from "@motte/reconnect";
import { didYouMean } from "../did-you-mean.ts";
import { wrap } from "../terminal/wrap.ts";
import { type Reaction, grouped, reactionsTo } from "./reactions.ts";

/** What `motte explain` says of a disconnect. */
export function explained(what: string): { document: object; lines: readonly string[] } {
  const explanation = explanationOf(what);
  const { code, note } = explanation;
  const all = explanation.causes.map((cause) => ({
    cause,
    others: reactionsTo(cause.cause),
  }));
  const document = {
    code,
    note,
    causes: all.map(({ cause, others }) => ({
      cause: cause.cause,
      codes: cause.codes,
      meaning: cause.meaning,
      action: cause.action,
      credentials: cause.credentials,
      advice: cause.advice,
      others: others.map((reaction) => ({ ...reaction })),
    })),
  };
  const many = `${String(code)} can mean ${all.length} things; the error itself tells which.`;
  const blocks = [
    ...(all.length > 1 ? [wrap(many)] : []),
    ...all.map(({ cause, others }) => paragraph(cause, others)),
    ...(note === undefined ? [] : [wrap(note)]),
  ];
  return { document, lines: blocks.flatMap((block, at) => (at === 0 ? block : ["", ...block])) };
}

// A log has the text of an error and not the error; the number may stand in front of it or be missing.
function explanationOf(what: string): Explanation {
  const plain = explain(what);
  if (isKnown(plain)) return plain;
  const ofError = explain(new Error(what));
  const hint = isKnown(ofError) || what === "unknown" ? "" : didYouMean(what, Object.keys(causes));
  if (hint === "") return ofError;
  throw new UsageError("USAGE_INVALID_OPTION", `There is no cause "${what}"${hint}`);
}

function isKnown({ causes: found, note }: Explanation): boolean {
  return found.some(({ cause }) => cause !== "unknown") || note !== undefined;
}

function paragraph(
  { cause, codes, meaning, action, credentials, advice }: CauseExplanation,
  others: readonly Reaction[],
): readonly string[] {
  const numbers = codes.length === 0 ? "" : ` (${codes.join(", ")})`;
  return [
    ...wrap(`${cause}${numbers}: ${meaning}`, "  "),
    ...row("Motte", action),
    ...row("credentials", credentials),
    ...row("what to do", advice),
    ...grouped(others).flatMap((deed, at) => row(at === 0 ? "others" : "", deed)),
  ];
}

function row(title: string, text: string): readonly string[] {
  return wrap(`  ${title.padEnd(12)} ${text}`, " ".repeat(15));
}
