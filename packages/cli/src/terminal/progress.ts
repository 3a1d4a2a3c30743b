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
// Where a step takes long, the time left goes on.
const AT_LEAST_EVERY_MS = 1_000;
// Of fewer in a second it is no speed to speak of.
const LEAST_RATE = 10;

/** Shows progress: a bar with rate and time left where a person looks, a plain line for each phase elsewhere. */
export class Progress {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #counted: string;
  #phase = "";
  #phaseSinceMs = 0;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #last: ProgressStep | undefined;
  #redrawing: Disposable | undefined;

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
    this.#draw(step);
  }

  /** Takes the bar away. */
  end(): void {
    this.#phaseDone();
    this.#redrawing?.[Symbol.dispose]();
    this.#output.live?.clear();
  }

  #draw(step: ProgressStep): void {
    this.#redrawing?.[Symbol.dispose]();
    this.#shownAtMs = this.#clock.monotonic();
    this.#output.live?.show(this.#bar(step, this.#shownAtMs - this.#phaseSinceMs));
    this.#redrawing = this.#clock.after(AT_LEAST_EVERY_MS, () => this.#draw(this.#last ?? step));
  }

  #phaseDone(): void {
    if (this.#last === undefined || this.#output.live !== undefined) return;
    const { phase, done } = this.#last;
    const tookMs = this.#clock.monotonic() - this.#phaseSinceMs;
    this.#last = undefined;
    // It has failed before there was anything to count.
    if (done === 0) return;
    this.#output.error(`${phase}: ${done} ${this.#counted} in ${durationWords(tookMs)}`);
  }

  #bar({ phase, done, total }: ProgressStep, elapsedMs: number): string {
    const rate = elapsedMs === 0 ? 0 : (done / elapsedMs) * 1_000;
    const speed = rate < LEAST_RATE ? undefined : `${Math.round(rate)}/s`;
    if (total === undefined) {
      return `${phase} ${done} ${this.#counted}${speed === undefined ? "" : `, ${speed}`}`;
    }
    const part = total === 0 ? 1 : done / total;
    const left = rate === 0 ? undefined : `${durationWords(((total - done) / rate) * 1_000)} left`;
    const howFar = { part, counted: `${done}/${total}`, speed, left };
    return barLine(`${phase.padEnd(9)} `, howFar, this.#output.live?.columns);
  }
}
