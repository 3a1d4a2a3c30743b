import { type Clock, systemClock } from "@motte/core/clock";
import type { Report } from "../report.ts";
import { wrap } from "../terminal/wrap.ts";

/** A step of the demo did not hold. Its message names the step and what was seen instead. */
export class StepFailed extends Error {
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super(`${step}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "StepFailed";
    this.step = step;
  }
}

/** Runs the demo's steps one after the other and prints a line for each: what was seen and how long it took. */
export class Steps {
  #count = 0;
  readonly #report: Report;
  readonly #clock: Clock;

  constructor(report: Report, clock: Clock = systemClock) {
    this.#report = report;
    this.#clock = clock;
  }

  /** Runs one step. `work` returns the sentence that says what was seen. */
  async run(title: string, work: () => Promise<string>): Promise<void> {
    const step = ++this.#count;
    const startedAt = this.#clock.monotonic();
    const tell = (held: boolean, seen: string): void => {
      const ms = Math.round(this.#clock.monotonic() - startedAt);
      const head = `${held ? "✓" : "✗"} ${String(step).padStart(2)} ${title.padEnd(22)} `;
      this.#report.show({ step, title, held, seen, ms }, stepLines(head, seen, ms));
    };
    let seen: string;
    try {
      seen = await work();
    } catch (error) {
      tell(false, "did not hold");
      throw new StepFailed(title, error);
    }
    tell(true, seen);
  }
}

// Holds a number and its unit together where a line is broken.
const NO_BREAK = "\u00A0";

function stepLines(head: string, seen: string, ms: number): readonly string[] {
  const indent = " ".repeat(head.length);
  const lines = wrap(`${indent}${seen} (${ms}${NO_BREAK}ms)`, indent);
  const [first = "", ...more] = lines.map((line) => line.replaceAll(NO_BREAK, " "));
  return [head + first.slice(head.length), ...more];
}
