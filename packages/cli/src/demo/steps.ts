import { type Clock, systemClock } from "@motte/core/clock";
import type { Output } from "../output.ts";

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
  readonly #output: Output;
  readonly #clock: Clock;

  constructor(output: Output, clock: Clock = systemClock) {
    this.#output = output;
    this.#clock = clock;
  }

  /** Runs one step. `work` returns the sentence that says what was seen. */
  async run(title: string, work: () => Promise<string>): Promise<void> {
    const number = String(++this.#count).padStart(2);
    const startedAt = this.#clock.monotonic();
    const elapsed = (): string => `${Math.round(this.#clock.monotonic() - startedAt)} ms`;
    try {
      const seen = await work();
      this.#output.out(`✓ ${number} ${title.padEnd(22)} ${seen} (${elapsed()})`);
    } catch (error) {
      this.#output.out(`✗ ${number} ${title.padEnd(22)} did not hold (${elapsed()})`);
      throw new StepFailed(title, error);
    }
  }
}
