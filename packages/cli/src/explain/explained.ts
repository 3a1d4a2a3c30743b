import { type CauseExplanation, type Explanation, explain } from "@motte/reconnect";
import { wrap } from "../terminal/wrap.ts";
import { type Reaction, grouped, reactionsTo } from "./reactions.ts";

/** What `motte explain` says of a disconnect. */
export function explained(what: string): { document: object; lines: readonly string[] } {
  const explanation = explanationOf(what);
  const { code, note } = explanation;
  const causes = explanation.causes.map((cause) => ({
    cause,
    others: reactionsTo(cause.cause),
  }));
  const document = {
    code,
    note,
    causes: causes.map(({ cause, others }) => ({
      cause: cause.cause,
      codes: cause.codes,
      meaning: cause.meaning,
      action: cause.action,
      credentials: cause.credentials,
      advice: cause.advice,
      others: others.map((reaction) => ({ ...reaction })),
    })),
  };
  const many = `${String(code)} can mean ${causes.length} things; the error itself tells which.`;
  const blocks = [
    ...(causes.length > 1 ? [wrap(many)] : []),
    ...causes.map(({ cause, others }) => paragraph(cause, others)),
    ...(note === undefined ? [] : [wrap(note)]),
  ];
  return { document, lines: blocks.flatMap((block, at) => (at === 0 ? block : ["", ...block])) };
}

// A log has the text of an error and not the error; the number may stand in front of it or be missing.
function explanationOf(what: string): Explanation {
  const plain = explain(what);
  const isKnown = plain.causes.some(({ cause }) => cause !== "unknown") || plain.note !== undefined;
  return isKnown ? plain : explain(new Error(what));
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
