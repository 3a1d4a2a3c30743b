import { UsageError } from "@motte/core/errors";
import { Emitter, type Event } from "@motte/core/events";
import { assertKnownOptions } from "@motte/core/options";
import { redactNumbers } from "@motte/core/redact";
import type { SeededRandom } from "@motte/core/random";
import { type Clock, systemClock } from "@motte/core/clock";
import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import type { Established } from "../passages/passages.ts";
import { Waiters } from "../waiters.ts";
import {
  type AnyFault,
  type FaultName,
  type FaultSettings,
  faultNames,
  findFault,
} from "./catalogue.ts";
import { ActiveRule, type FaultFiring, type FaultRule, type FaultRuleSpec } from "./fault-rule.ts";
import { type FaultTarget, TARGET_OPTIONS, resolveTarget } from "./fault-target.ts";
import { TRIGGER_OPTIONS, type TriggerOptions, assertTrigger } from "./trigger.ts";

/** When a fault fires, whom it hits, and the fault's own settings. */
export type FaultOptions<Name extends FaultName> = TriggerOptions &
  FaultTarget &
  FaultSettings<Name>;

/** The faults of a server as JSON: apply it to a server with the same seed for the same faults. */
export interface FaultPlanSpec {
  /** The seed of the server the plan was taken from. */
  readonly seed: string;
  /** In the order they were added. */
  readonly rules: readonly FaultRuleSpec[];
}

/** The faults of one server. */
export interface FaultPlan {
  /** Rules that may still fire, oldest first. */
  readonly rules: readonly FaultRule[];
  /** What has fired, oldest first; the last 10 000. */
  readonly firings: readonly FaultFiring[];
  /** Every rule there ever was, also those that are used up or removed, with the seed that repeats them. */
  readonly spec: FaultPlanSpec;
  /** Adds the rules of a plan. Throws a `UsageError` before the first is added if one does not fit. */
  apply(rules: readonly FaultRuleSpec[]): readonly FaultRule[];
  /** Takes all rules away. */
  clear(): void;
  /** The plan and what fired of it as text, for people: what a failing test prints. Hides phone numbers. */
  report(): string;
  /** A fault has fired. */
  readonly onFired: Event<FaultFiring>;
}

const MAX_FIRINGS = 10_000;

export interface FaultPlanParts {
  readonly context: ServerContext;
  readonly seed: SeededRandom;
  /** What the user knows the server's randomness by. */
  readonly seedName: string;
  /** Sessions there are now, oldest first. */
  readonly sessions: () => readonly Established[];
}

export class ServerFaults implements FaultPlan {
  readonly #parts: FaultPlanParts;
  readonly #clock: Clock;
  readonly #waiters: Waiters<FaultFiring>;
  readonly #fired: Emitter<FaultFiring> = new Emitter<FaultFiring>();
  readonly #timers = new Set<Disposable>();
  readonly #handles = new Map<ActiveRule, FaultRule>();
  readonly #specs: FaultRuleSpec[] = [];
  /** How often each rule has fired. */
  readonly #counts = new Map<string, number>();
  #firings: FaultFiring[] = [];
  #closed = false;

  constructor(parts: FaultPlanParts) {
    this.#parts = parts;
    this.#clock = parts.context.clock;
    // A limit that keeps a test from hanging runs on real time, whatever the server's clock does.
    this.#waiters = new Waiters(systemClock);
  }

  get onFired(): Event<FaultFiring> {
    return this.#fired.event;
  }

  get rules(): readonly FaultRule[] {
    return [...this.#handles.values()].filter(({ active }) => active);
  }

  get firings(): readonly FaultFiring[] {
    return this.#firings.slice(-MAX_FIRINGS);
  }

  get spec(): FaultPlanSpec {
    return { seed: this.#parts.seedName, rules: [...this.#specs] };
  }

  add(name: string, options: object = {}): FaultRule {
    return this.#install(this.#prepare(name, { ...options }));
  }

  apply(rules: readonly FaultRuleSpec[]): readonly FaultRule[] {
    const prepared = rules.map(({ fault, ...options }) => this.#prepare(fault, options));
    return prepared.map((each) => this.#install(each));
  }

  clear(): void {
    for (const rule of this.#handles.keys()) rule.remove();
    this.#handles.clear();
  }

  report(): string {
    const { seed, rules } = this.spec;
    if (rules.length === 0) return `seed ${JSON.stringify(seed)}, no faults`;
    const lines = rules.map((rule, index) => {
      const id = ruleId(index);
      return `  ${id} ${redactedJson(rule)}, fired ${this.#counts.get(id) ?? 0} times`;
    });
    return `seed ${JSON.stringify(seed)}, faults:\n${lines.join("\n")}`;
  }

  close(error: Error): void {
    this.#closed = true;
    this.clear();
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#timers.clear();
    this.#waiters.close(error);
  }

  #prepare(name: string, options: Readonly<Record<string, unknown>>): () => ActiveRule {
    const fault = findFault(name);
    if (fault === undefined) throw unknownFault(name);
    assertKnownOptions(`fault "${name}"`, options, [
      ...TRIGGER_OPTIONS,
      ...TARGET_OPTIONS,
      ...fault.settings.map((setting) => setting.name),
    ]);
    const { trigger, target, settings } = partedOptions(options);
    assertTrigger(trigger);
    assertTriggerFits(fault, trigger);
    const resolved = resolveTarget(target);
    assertTargetFits(fault, target);
    const prepared = fault.prepare(settings);
    const { context, seed, sessions } = this.#parts;
    return () => {
      const id = ruleId(this.#specs.length);
      return new ActiveRule({
        id,
        fault,
        prepared,
        trigger,
        target: resolved,
        random: seed.fork(`${id} ${name}`),
        tools: { context, clock: this.#clock, later: (ms, callback) => this.#later(ms, callback) },
        onFired: (firing) => this.#onFired(firing),
        sessions,
      });
    };
  }

  #install(make: () => ActiveRule): FaultRule {
    const rule = make();
    this.#specs.push(rule.spec);
    const handle = this.#handleOf(rule);
    this.#handles.set(rule, handle);
    rule.install();
    return handle;
  }

  #handleOf(rule: ActiveRule): FaultRule {
    return {
      id: rule.id,
      fault: rule.fault,
      spec: rule.spec,
      get fired() {
        return rule.fired;
      },
      get active() {
        return rule.active;
      },
      whenFired: (times = 1, timeoutMs = 10_000) => this.#whenFired(rule, times, timeoutMs),
      remove: () => {
        rule.remove();
        this.#handles.delete(rule);
      },
    };
  }

  async #whenFired(rule: ActiveRule, times: number, timeoutMs: number): Promise<void> {
    if (rule.fired >= times) return;
    await this.#waiters.wait({
      matches: () => rule.fired >= times,
      timeoutMs,
      timeoutError: () =>
        new MockServerError(
          "MOCK_TIMED_OUT",
          `The fault "${rule.fault}" fired ${rule.fired} of ${times} times within ${timeoutMs} ms`,
        ),
    });
  }

  #onFired(firing: FaultFiring): void {
    this.#counts.set(firing.rule, (this.#counts.get(firing.rule) ?? 0) + 1);
    this.#firings.push(firing);
    if (this.#firings.length > MAX_FIRINGS * 2) this.#firings = this.#firings.slice(-MAX_FIRINGS);
    this.#waiters.announce(firing);
    this.#fired.emit(firing);
  }

  #later(ms: number, callback: () => void): void {
    if (this.#closed) return;
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
  }
}

function ruleId(index: number): string {
  return `f${index + 1}`;
}

/** Numbers of phones are text; lengths of time are not. */
function redactedJson(rule: FaultRuleSpec): string {
  return JSON.stringify(rule, (_key, value: unknown) =>
    typeof value === "string" ? redactNumbers(value) : value,
  );
}

function unknownFault(name: string): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `There is no fault "${name}"; there are ${faultNames().join(", ")}`,
  );
}

function assertTargetFits(fault: AnyFault, { phone, connection }: FaultTarget): void {
  if (fault.knowsConnection || (phone === undefined && connection === undefined)) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `fault "${fault.name}" happens before a client has said who it is: leave phone and connection out`,
  );
}

function assertTriggerFits(
  { name, immediate }: AnyFault,
  { times = 1, skip = 0 }: TriggerOptions,
): void {
  if (immediate !== true || (times === 1 && skip === 0)) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `fault "${name}" happens once, as soon as it is added: leave times and skip out`,
  );
}

interface PartedOptions {
  readonly trigger: TriggerOptions;
  readonly target: FaultTarget;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Trigger and target are checked by those who read them. */
function partedOptions(options: TriggerOptions & FaultTarget): PartedOptions {
  const { times, skip, probability, phone, connection, ...settings } = options;
  return {
    trigger: {
      ...(times === undefined ? {} : { times }),
      ...(skip === undefined ? {} : { skip }),
      ...(probability === undefined ? {} : { probability }),
    },
    target: {
      ...(phone === undefined ? {} : { phone }),
      ...(connection === undefined ? {} : { connection }),
    },
    settings,
  };
}
