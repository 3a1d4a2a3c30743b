import { MockServerError } from "../errors.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import { lints } from "./index.ts";

/** What to do about a stanza that some client could not take: throw, note it in the journal, or do not look. */
export type LintMode = "throw" | "report" | "off";

export const LINT_MODES: readonly LintMode[] = ["throw", "report", "off"];

/** What the journal says of a stanza, and whether it may not be sent. */
interface LintVerdict {
  readonly note?: string;
  readonly error?: MockServerError;
}

export type OutgoingLint = (stanza: BinaryNode) => LintVerdict;

const FINE: LintVerdict = {};

/** The check every stanza goes through before it is sent. */
export function outgoingLint(mode: LintMode): OutgoingLint {
  if (mode === "off") return () => FINE;
  return (stanza) => {
    for (const lint of lints) {
      const problem = lint.check(stanza);
      if (problem === undefined) continue;
      const note = `lint: ${lint.name}`;
      return mode === "report" ? { note } : { note, error: badStanza(lint.name, problem) };
    }
    return FINE;
  };
}

function badStanza(name: string, problem: string): MockServerError {
  return new MockServerError(
    "MOCK_BAD_STANZA",
    `${problem}, and some client could not take that (${name}). It was not sent; to send such stanzas on purpose, start the server with lint: "report" or "off"`,
  );
}
