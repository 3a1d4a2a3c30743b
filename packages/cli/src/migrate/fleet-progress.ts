import type { MigrationProgress } from "@motte/auth-stores/migration";
import { type Clock, systemClock } from "@motte/core/clock";
import type { Output } from "../output.ts";
import { barLine } from "../terminal/bar.ts";
import { durationWords } from "../terminal/duration.ts";

// Faster than this nobody reads.
const EVERY_MS = 100;
// About what each phase takes of a session.
const BEGINS = { reading: 0, copying: 0.3, verifying: 0.8, done: 1 } as const;
const TAKES = { reading: 0, copying: 0.5, verifying: 0.2, done: 0 } as const;

/** Shows how far many sessions are: one bar for all of them where a person looks, a line at the end elsewhere. */
export class FleetProgress {
  readonly #output: Output;
  readonly #sessions: number;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #underWay = new Map<string, number>();
  #finished = 0;
  #records = 0;
  #shownAtMs = Number.NEGATIVE_INFINITY;

  constructor(output: Output, sessions: number, clock: Clock = systemClock) {
    this.#output = output;
    this.#sessions = sessions;
    this.#clock = clock;
    this.#startedAtMs = clock.monotonic();
  }

  step(session: string, { phase, done, total }: MigrationProgress): void {
    const part = total === undefined || total === 0 ? 0 : done / total;
    this.#underWay.set(session, BEGINS[phase] + TAKES[phase] * part);
    this.#show();
  }

  finished(session: string, records: number): void {
    this.#underWay.delete(session);
    this.#finished += 1;
    this.#records += records;
    this.#show();
  }

  /** Takes the bar away. */
  end(): void {
    this.#output.live?.clear();
    if (this.#output.live !== undefined) return;
    const took = durationWords(this.#clock.monotonic() - this.#startedAtMs);
    this.#output.error(
      `migrated: ${this.#finished} of ${this.#sessions} sessions, ${this.#records} records in ${took}`,
    );
  }

  /** Makes room for a line of results. */
  clear(): void {
    this.#output.live?.clear();
    this.#shownAtMs = Number.NEGATIVE_INFINITY;
  }

  #show(): void {
    const nowMs = this.#clock.monotonic();
    const { live } = this.#output;
    if (live === undefined || nowMs - this.#shownAtMs < EVERY_MS) return;
    this.#shownAtMs = nowMs;
    const partial = [...this.#underWay.values()].reduce((sum, part) => sum + part, 0);
    const part = Math.min(1, (this.#finished + partial) / this.#sessions);
    const elapsedMs = nowMs - this.#startedAtMs;
    const rate = elapsedMs === 0 ? 0 : Math.round((this.#records / elapsedMs) * 1_000);
    const howFar = {
      part,
      counted: `${this.#finished}/${this.#sessions} sessions`,
      speed: `${rate} records/s`,
      left: part === 0 ? undefined : `${durationWords((elapsedMs / part) * (1 - part))} left`,
    };
    live.show(barLine("", howFar, live.columns));
  }
}
