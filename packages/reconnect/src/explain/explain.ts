import { type CauseDescription, type DisconnectCause, causes } from "../causes.ts";
import { classify } from "../classify/classify.ts";
import { property } from "../classify/evidence.ts";
import type { Disconnect } from "../disconnect.ts";
import { codeOf, reports } from "../reports/reports.ts";
import { advice } from "./advice.ts";
import { notDisconnects } from "./not-disconnects.ts";

/** What one cause means, what the default policy does about it and what a person can do. */
export interface CauseExplanation extends CauseDescription {
  readonly cause: DisconnectCause;
  readonly advice: string;
  /** The numbers it comes with. */
  readonly codes: readonly number[];
}

/** What something that looks like a disconnect means. Plain JSON. */
export interface Explanation {
  /** The number it was read from or carries. */
  readonly code?: number;
  /** One, or all that a bare number can mean, the usual one first. Empty when it is no disconnect at all. */
  readonly causes: readonly CauseExplanation[];
  /** What else the number stands for. */
  readonly note?: string;
  /** All of it as text. */
  readonly text: string;
}

/**
 * Explains a cause, a number, an error as Baileys reports it, or a `Disconnect`. Never throws, and has an answer for
 * everything: what nobody knows is explained as `unknown`.
 */
export function explain(what: unknown): Explanation {
  if (typeof what === "string" && isCause(what)) return explanation(undefined, [what]);
  const code = asCode(what);
  if (code !== undefined) return explainCode(code);
  const disconnect = asDisconnect(what) ?? classify(what);
  return explanation(disconnect.code, [disconnect.cause]);
}

function explainCode(code: number): Explanation {
  const note = notDisconnects[code];
  const known = new Set(reports.filter((report) => codeOf(report) === code).map(causeOf));
  if (known.size > 0) return explanation(code, [...known], note);
  if (note !== undefined) return explanation(code, [], note);
  return explanation(code, [classify(code).cause]);
}

function explanation(
  code: number | undefined,
  names: readonly DisconnectCause[],
  note?: string,
): Explanation {
  const explained = names.map(explainCause);
  const many = `${String(code)} can mean ${names.length} things; the error itself tells which.`;
  const words = [
    ...(names.length > 1 ? [many] : []),
    ...explained.map(paragraph),
    ...(note === undefined ? [] : [note]),
  ];
  return {
    // JSON has no -0.
    ...(code === undefined ? {} : { code: code + 0 }),
    causes: explained,
    ...(note === undefined ? {} : { note }),
    text: words.join("\n\n"),
  };
}

function explainCause(cause: DisconnectCause): CauseExplanation {
  const codes = reports.filter((report) => report.cause === cause).map(codeOf);
  return {
    cause,
    ...causes[cause],
    advice: advice[cause],
    codes: [...new Set(codes)].filter((code) => code !== undefined),
  };
}

function paragraph(explained: CauseExplanation): string {
  const { cause, codes, meaning, action, credentials } = explained;
  const numbers = codes.length === 0 ? "" : ` (${codes.join(", ")})`;
  return [
    `${cause}${numbers}: ${meaning}`,
    `  policy: ${action}`,
    `  credentials: ${credentials}`,
    `  what to do: ${explained.advice}`,
  ].join("\n");
}

function causeOf({ cause }: { readonly cause: DisconnectCause }): DisconnectCause {
  return cause;
}

function isCause(text: string): text is DisconnectCause {
  return Object.hasOwn(causes, text);
}

// A number, or one as a command line hands it over.
function asCode(what: unknown): number | undefined {
  if (typeof what === "number") return Number.isFinite(what) ? what : undefined;
  return typeof what === "string" && /^\d{1,9}$/.test(what.trim()) ? Number(what) : undefined;
}

// Something with a cause of ours: a `Disconnect`, as `classify` returns it or as it was logged.
function asDisconnect(what: unknown): Pick<Disconnect, "cause" | "code"> | undefined {
  const cause = property(what, "cause");
  if (typeof cause !== "string" || !isCause(cause)) return undefined;
  const code = property(what, "code");
  return typeof code === "number" && Number.isFinite(code) ? { cause, code } : { cause };
}
