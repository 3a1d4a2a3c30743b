import { type Clock, systemClock } from "@motte/core/clock";
import type { Output } from "../output.ts";
import { barLine } from "./bar.ts";
import { durationWords } from "./duration.ts";

/** How far long work is. */
export interface ProgressStep {
  readonly phase: string;
  readonly done: number;
  /** `undefined` while it is being counted. */
  readonly total: number | undefined;
}

// Faster than this nobody reads.
const EVERY_MS = 100;

/** Shows progress: a bar with rate and time left where a person looks, a plain line for each phase elsewhere. */
export class Progress {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #counted: string;
  #phase = "";
  #phaseSinceMs = 0;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #last: ProgressStep | undefined;

  /** @param counted what is counted, for people */
  constructor(output: Output, clock: Clock = systemClock, counted: string = "records") {
    this.#output = output;
    this.#clock = clock;
    this.#counted = counted;
  }

  step(step: ProgressStep): void {
    const nowMs = this.#clock.monotonic();
    if (step.phase !== this.#phase) {
      this.#phaseDone();
      this.#phase = step.phase;
      this.#phaseSinceMs = nowMs;
      this.#shownAtMs = Number.NEGATIVE_INFINITY;
    }
    this.#last = step;
    if (this.#output.live === undefined || nowMs - this.#shownAtMs < EVERY_MS) return;
    this.#shownAtMs = nowMs;
    this.#output.live.show(this.#bar(step, nowMs - this.#phaseSinceMs));
  }

  /** Takes the bar away. */
  end(): void {
    this.#phaseDone();
    this.#output.live?.clear();
  }

  #phaseDone(): void {
    if (this.#last === undefined || this.#output.live !== undefined) return;
    const { phase, done } = this.#last;
    const tookMs = this.#clock.monotonic() - this.#phaseSinceMs;
    this.#last = undefined;
    this.#output.error(`${phase}: ${done} ${this.#counted} in ${durationWords(tookMs)}`);
  }

  #bar({ phase, done, total }: ProgressStep, elapsedMs: number): string {
    const rate = elapsedMs === 0 ? 0 : (done / elapsedMs) * 1_000;
    const speed = `${Math.round(rate)}/s`;
    if (total === undefined) return `${phase} ${done} ${this.#counted}, ${speed}`;
    const part = total === 0 ? 1 : done / total;
    const left = rate === 0 ? undefined : `${durationWords(((total - done) / rate) * 1_000)} left`;
    const howFar = { part, counted: `${done}/${total}`, speed, left };
    return barLine(`${phase.padEnd(9)} `, howFar, this.#output.live?.columns);
  }
}
