import { ManualClock } from "@motte/core/manual-clock";
import * as fc from "fast-check";
import type {
  AdmissionLane,
  AdmissionOutcome,
  AdmissionTicket,
  Disconnect,
  DisconnectCause,
  Fleet,
  FleetOptions,
} from "@motte/reconnect";
import type { Law, Runs } from "../law.ts";

type Step =
  | {
      readonly do: "acquire";
      readonly id: string;
      readonly lane: AdmissionLane;
      readonly key: string;
    }
  | {
      readonly do: "release";
      readonly nth: number;
      readonly outcome: AdmissionOutcome;
      readonly cause: DisconnectCause;
    }
  | { readonly do: "abort"; readonly nth: number }
  | { readonly do: "drop"; readonly id: string; readonly cause: DisconnectCause }
  | { readonly do: "advance"; readonly ms: number };

/** Small, so that random steps reach every limit. */
export const LIMITS = {
  ratePerSecond: 2,
  burst: 3,
  maxHandshakes: 2,
  recoverMs: 60_000,
  breaker: { accounts: 2, share: 1, windowMs: 10_000, probeMs: 1_000, maxProbeMs: 4_000 },
} as const satisfies FleetOptions;

const lanes = fc.constantFrom<AdmissionLane>("pairing", "restart", "reconnect", "boot", "probe");
const ids = fc.constantFrom("a", "b", "c", "d", "e");
const keys = fc.constantFrom("home", "home", "proxy");
const troubles = fc.constantFrom<DisconnectCause>(
  "service-unavailable",
  "service-unavailable",
  "client-outdated",
  "offline",
  "socket-closed",
);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("acquire" as const),
        id: ids,
        lane: lanes,
        key: keys,
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("release" as const),
        nth: fc.nat({ max: 3 }),
        outcome: fc.constantFrom<AdmissionOutcome>("opened", "failed", "failed", "aborted"),
        cause: troubles,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("abort" as const), nth: fc.nat({ max: 5 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("drop" as const), id: ids, cause: troubles }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("advance" as const),
        ms: fc.constantFrom(1, 100, 499, 500, 1_000, 5_000),
      }),
    },
  ),
  { minLength: 10, maxLength: 120, size: "max" },
);

/** One call of `acquire` and what became of it. */
export interface Asked {
  readonly number: number;
  readonly id: string;
  readonly lane: AdmissionLane;
  readonly key: string;
  readonly abort: AbortController;
  settledTimes: number;
  grantedAtMs: number | undefined;
  ticket: AdmissionTicket | undefined;
}

/** A fleet that random steps are played to, with everything that it granted. */
export class FleetWorld {
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly fleet: Fleet;
  readonly asked: Asked[] = [];
  readonly granted: Asked[] = [];
  /** Hears of a grant, in the order of granting. */
  onGrant: (asked: Asked) => void = () => {};
  /** Hears of the end of a connect or of a connection, before the fleet does. */
  onEnd: (end: {
    asked?: Asked;
    id: string;
    key: string;
    outcome?: AdmissionOutcome;
    cause?: DisconnectCause;
  }) => void = () => {};

  readonly #settle: () => Promise<void>;

  /** `settle` resolves when everything that a step has led to has happened. */
  constructor(fleet: (options: FleetOptions) => Fleet, settle: () => Promise<void> = nextTurn) {
    this.fleet = fleet({ ...LIMITS, clock: this.clock });
    this.#settle = settle;
  }

  get waiting(): Asked[] {
    return this.asked.filter(({ settledTimes }) => settledTimes === 0);
  }

  get underWay(): Asked[] {
    return this.granted.filter(({ ticket }) => ticket !== undefined);
  }

  async play(step: Step): Promise<void> {
    switch (step.do) {
      case "acquire":
        this.#acquire(step.id, step.lane, step.key);
        break;
      case "release": {
        const { underWay } = this;
        const asked = underWay[step.nth % Math.max(underWay.length, 1)];
        if (asked !== undefined) this.release(asked, step.outcome, step.cause);
        break;
      }
      case "abort": {
        const { waiting } = this;
        waiting[step.nth % Math.max(waiting.length, 1)]?.abort.abort(new Error("not wanted"));
        break;
      }
      case "drop":
        this.onEnd({ id: step.id, key: "home", cause: step.cause });
        this.fleet.report({ id: step.id, key: "home", disconnect: closedBy(step.cause) });
        break;
      case "advance":
        await this.#advance(step.ms);
    }
    await this.#settle();
  }

  release(asked: Asked, outcome: AdmissionOutcome, cause: DisconnectCause): void {
    const { ticket, id, key } = asked;
    asked.ticket = undefined;
    const disconnect = outcome === "failed" ? closedBy(cause) : undefined;
    this.onEnd({ asked, id, key, outcome, ...(disconnect && { cause }) });
    ticket?.release(outcome, disconnect);
    // A second release must be of no consequence.
    ticket?.release("opened");
  }

  /** Lets everybody in who still waits. Resolves when nobody does, or when it took too long. */
  async letAllIn(): Promise<void> {
    for (let second = 0; second < 600 && this.asked.some(isUnsettled); second++) {
      for (const asked of this.underWay) this.release(asked, "opened", "unknown");
      await this.#advance(1_000);
    }
    for (const asked of this.underWay) this.release(asked, "opened", "unknown");
    await this.#settle();
  }

  // From timer to timer, so that what a timer leads to happens at its time.
  async #advance(ms: number): Promise<void> {
    let leftMs = ms;
    while (leftMs > 0) {
      await this.#settle();
      const stepMs = Math.min(leftMs, Math.max(this.clock.nextTimerInMs ?? leftMs, 0));
      await this.clock.advance(stepMs);
      leftMs -= stepMs;
    }
    await this.#settle();
  }

  #acquire(id: string, lane: AdmissionLane, key: string): void {
    const abort = new AbortController();
    const asked: Asked = {
      number: this.asked.length,
      id,
      lane,
      key,
      abort,
      settledTimes: 0,
      grantedAtMs: undefined,
      ticket: undefined,
    };
    this.asked.push(asked);
    void this.#follow(asked);
  }

  async #follow(asked: Asked): Promise<void> {
    const { id, lane, key, abort } = asked;
    try {
      asked.ticket = await this.fleet.acquire({ id, lane, key, signal: abort.signal });
      asked.grantedAtMs = this.clock.monotonic();
      this.granted.push(asked);
      this.onGrant(asked);
    } catch (error) {
      if (error !== abort.signal.reason) throw error;
    } finally {
      asked.settledTimes++;
    }
  }
}

function isUnsettled({ settledTimes }: Asked): boolean {
  return settledTimes === 0;
}

/** A disconnect for this cause, as `classify` would make it. */
function closedBy(cause: DisconnectCause): Disconnect {
  return { cause, origin: "unknown", credentials: "keep", message: "" };
}

/** A law about every history of a fleet, whatever the fleet keeps its counts in. */
export interface FleetLaw extends Law {
  readonly checkOn: (makeWorld: () => FleetWorld, runs?: Runs) => Promise<void>;
}

export function fleetLaw(
  name: string,
  holds: (world: FleetWorld, script: readonly Step[]) => Promise<void>,
): FleetLaw {
  const checkOn: FleetLaw["checkOn"] = (makeWorld, runs) =>
    fc.assert(
      fc.asyncProperty(steps, (script) => holds(makeWorld(), script)),
      { numRuns: 100, ...runs },
    );
  return {
    name,
    checkOn,
    check: (subject, runs) => checkOn(() => new FleetWorld(subject.fleet), runs),
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
