import { messageForShell } from "./message-for-shell.ts";
import type { Output } from "./output.ts";

/** Tells results: to a person as lines, to a program as one line of JSON each. */
export class Report {
  readonly #output: Output;
  readonly json: boolean;

  constructor(output: Output, json: boolean) {
    this.#output = output;
    this.json = json;
  }

  /** One result, of plain JSON. A command that shows one prints a document; one that shows many prints NDJSON. */
  show(document: object, lines: readonly string[]): void {
    if (this.json) this.#output.out(JSON.stringify(document));
    else for (const line of lines) this.#output.out(line);
  }

  /** What only a person wants to see. */
  say(...lines: readonly string[]): void {
    if (!this.json) for (const line of lines) this.#output.out(line);
  }

  /** A failure: a sentence on the error output, and with `--json` its code on the other. */
  failed(error: unknown): void {
    const message = messageForShell(error);
    if (this.json) {
      this.#output.out(JSON.stringify({ error: { code: codeOf(error), message } }));
    }
    this.#output.error(message);
  }
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
