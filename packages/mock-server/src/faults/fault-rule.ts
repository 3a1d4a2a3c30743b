import type { SeededRandom } from "@motte/core/random";
import type { Connection } from "../connection/connection.ts";
import type { Established } from "../passages/passages.ts";
import type { AnyFault, FaultName } from "./catalogue.ts";
import type { FaultSite, FaultTools, PreparedFault } from "./fault.ts";
import { type ResolvedTarget, isTarget } from "./fault-target.ts";
import { Trigger, type TriggerOptions } from "./trigger.ts";

/** A rule as JSON holds it: the fault, when it fires, whom it hits, and the settings it was given. */
export interface FaultRuleSpec extends TriggerOptions {
  /** The name of the fault. */
  readonly fault: FaultName;
  /** Hits only clients of the phone with this number. @defaultValue any client */
  readonly phone?: string;
  /** Hits only the connection with this id. @defaultValue any connection */
  readonly connection?: string;
  readonly [setting: string]: unknown;
}

/** One time a fault fired. */
export interface FaultFiring {
  /** The id of the rule. */
  readonly rule: string;
  /** The name of the fault. */
  readonly fault: FaultName;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly at: number;
  /** The id of the connection it hit, if there was one already. */
  readonly connection: string | undefined;
}

/** A fault that is in place. */
export interface FaultRule {
  /** Unique on this server. */
  readonly id: string;
  /** The name of the fault. */
  readonly fault: FaultName;
  /** How often it has fired. */
  readonly fired: number;
  /** It may still fire. */
  readonly active: boolean;
  /** What a plan holds of it. */
  readonly spec: FaultRuleSpec;
  /**
   * Resolves once the rule has fired `times` times in all. Rejects with `MOCK_TIMED_OUT`.
   *
   * @param times defaults to 1
   * @param timeoutMs in real milliseconds, defaults to 10 000
   */
  whenFired(times?: number, timeoutMs?: number): Promise<void>;
  /** Takes the rule away. What it has begun, like a delay, comes to its end. */
  remove(): void;
}

export interface ActiveRuleParts {
  readonly id: string;
  readonly fault: AnyFault;
  readonly prepared: PreparedFault;
  readonly trigger: TriggerOptions;
  readonly target: ResolvedTarget;
  readonly random: SeededRandom;
  readonly tools: Omit<FaultTools, "random">;
  readonly onFired: (firing: FaultFiring) => void;
  readonly sessions: () => readonly Established[];
}

/** A rule at work: ties a fault to its trigger and its target. */
export class ActiveRule {
  readonly id: string;
  readonly fault: FaultName;
  readonly spec: FaultRuleSpec;
  readonly #parts: ActiveRuleParts;
  readonly #trigger: Trigger;
  #step: Disposable | undefined;
  #removed = false;

  constructor(parts: ActiveRuleParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.fault = parts.fault.name;
    this.#trigger = new Trigger(parts.trigger, parts.random.fork("trigger"));
    const { phone, connection } = parts.target;
    this.spec = {
      fault: this.fault,
      ...parts.trigger,
      ...(phone === undefined ? {} : { phone }),
      ...(connection === undefined ? {} : { connection }),
      ...parts.prepared.settings,
    };
  }

  get fired(): number {
    return this.#trigger.fired;
  }

  get active(): boolean {
    return !this.#removed && !this.#trigger.exhausted;
  }

  /** Puts the fault in its place. A fault for sessions may fire at once. */
  install(): void {
    const { fault, prepared, tools, random, target, sessions } = this.#parts;
    const site: FaultSite = {
      passages: tools.context.passages,
      tools: { ...tools, random: random.fork("fault") },
      sessions: sessions(),
      stageOf: (connection) => sessions().find((each) => each.connection === connection)?.stage,
      // What is still under way on one that has ended, nobody gets to see.
      concerns: (connection) => connection.state !== "closed" && isTarget(target, connection),
      fires: (connection) => this.#fires(connection),
    };
    this.#step = prepared.install(site);
    if (fault.immediate === true) this.#removed = true;
    if (!this.active) this.#stepOut();
  }

  remove(): void {
    this.#removed = true;
    this.#stepOut();
  }

  #fires(connection: Connection | undefined): boolean {
    if (this.#removed || !this.#trigger.fires()) return false;
    // A used up rule must not cost those who come after.
    if (this.#trigger.exhausted) this.#stepOut();
    this.#parts.onFired({
      rule: this.id,
      fault: this.fault,
      at: this.#parts.tools.clock.now(),
      connection: connection?.id,
    });
    return true;
  }

  #stepOut(): void {
    this.#step?.[Symbol.dispose]();
    this.#step = undefined;
  }
}
