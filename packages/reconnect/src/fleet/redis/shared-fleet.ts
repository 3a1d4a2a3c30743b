import type { RedisConnection } from "@motte/core/redis";
import type { Disconnect } from "../../disconnect.ts";
import { type AdmissionOutcome, LANES } from "../admission.ts";
import type { FleetSettings } from "../options.ts";
import type { BreakerSnapshot, EgressSnapshot } from "../snapshot.ts";
import { asksToSlowDown, breakerName, breakersOf } from "../symptoms.ts";
import type { Waiter } from "../waiting-room.ts";
import { type FleetKeys, fleetKeys } from "./keys.ts";
import { RedisLink } from "./link.ts";
import type { RedisFleetSettings } from "./options.ts";
import { list, number, text } from "./replies.ts";
import { ADMIT, RELEASE, RENEW } from "./scripts.ts";

/** What became of one question. */
interface Answer {
  /** The request that may go, or nothing. */
  readonly number: number | undefined;
  /** When it makes sense to ask again. */
  readonly againMs: number;
}

/** The end of a connect, or of a connection when there is no ticket. */
interface Ending {
  readonly key: string;
  readonly id: string;
  /** How many accounts this process has. */
  readonly accounts: number;
  readonly ticket?: string;
  readonly outcome?: AdmissionOutcome;
  readonly disconnect?: Disconnect | undefined;
}

/** How many buckets are remembered to be shown. */
const MOST_EGRESSES = 1_000;

/** What all processes share: the scripts in Redis, as methods. Everything may reject. */
export class SharedFleet {
  readonly #link: RedisLink;
  readonly #keys: FleetKeys;
  readonly #limits: FleetSettings;
  readonly #settings: RedisFleetSettings;
  readonly #process: string;
  readonly #egresses = new Map<string, EgressSnapshot>();
  readonly #breakers = new Map<string, BreakerSnapshot>();

  constructor(connection: RedisConnection, limits: FleetSettings, settings: RedisFleetSettings) {
    this.#link = new RedisLink(connection, settings.commandTimeoutMs);
    this.#keys = fleetKeys(settings.prefix);
    this.#limits = limits;
    this.#settings = settings;
    this.#process = settings.random.bytes(9).toString("base64url");
  }

  /** The name of a request in Redis. */
  ticket(request: number): string {
    return `${this.#process}|${request}`;
  }

  /** Asks for the first of each lane on one egress. */
  async admit(key: string, heads: readonly Waiter[], accounts: number): Promise<Answer> {
    const { ratePerSecond, burst, maxHandshakes, recoverMs } = this.#limits;
    const { leaseMs, pollMs } = this.#settings;
    const { counter, seen, accounts: counts, underWay, egress, waiting, breakers } = this.#keys;
    const numbers = [
      accounts,
      ratePerSecond,
      burst,
      maxHandshakes,
      recoverMs,
      leaseMs,
      pollMs * 10,
    ];
    const asked = heads.flatMap((head) => [
      this.ticket(head.number),
      String(LANES.indexOf(head.lane)),
    ]);
    const reply = list(
      await this.#link.run(
        ADMIT,
        [counter, seen, counts, underWay, egress(key), waiting(key), ...breakers(key)],
        [this.#process, ...numbers.map(String), ...asked],
      ),
    );
    const [granted, againMs, tokens, rate, open] = reply;
    // Set last, so that the first is the one not asked for the longest; where proxies rotate they are never used again.
    this.#egresses.delete(key);
    this.#egresses.set(key, { key, tokens: number(tokens), ratePerSecond: number(rate) });
    const [oldest] = this.#egresses.keys();
    if (this.#egresses.size > MOST_EGRESSES && oldest !== undefined) this.#egresses.delete(oldest);
    this.#heard(key, open);
    const head = heads.find((each) => this.ticket(each.number) === text(granted));
    return { number: head?.number, againMs: Math.max(1, number(againMs)) };
  }

  async release(ending: Ending): Promise<void> {
    const { key, id, accounts, ticket = "", outcome = "failed", disconnect } = ending;
    const { ratePerSecond, burst, recoverMs, breaker } = this.#limits;
    const { seen, accounts: counts, underWay, egress, breakers, hits } = this.#keys;
    const cause = disconnect?.cause;
    const slower = cause !== undefined && asksToSlowDown(cause);
    const hit = cause === undefined ? undefined : breakerName(cause, key);
    const numbers = [
      hit === undefined ? 0 : breakersOf(key).indexOf(hit) + 1,
      ratePerSecond,
      burst,
      recoverMs,
      this.#settings.leaseMs,
      breaker.accounts,
      breaker.share,
      breaker.windowMs,
      breaker.probeMs,
      breaker.maxProbeMs,
    ];
    const open = await this.#link.run(
      RELEASE,
      [seen, counts, underWay, egress(key), ...breakers(key), ...hits(key)],
      [
        ticket,
        outcome,
        id,
        slower ? "1" : "0",
        ...numbers.map(String),
        this.#process,
        String(accounts),
      ],
    );
    this.#heard(key, open);
  }

  async renew(tickets: readonly string[], accounts: number): Promise<void> {
    const { seen, accounts: counts, underWay } = this.#keys;
    const args = [this.#process, String(accounts), String(this.#settings.leaseMs), ...tickets];
    await this.#link.run(RENEW, [seen, counts, underWay], args);
  }

  /** Takes a request out of the queue. */
  async leave(key: string, request: number): Promise<void> {
    const waiting = this.#keys.waiting(key);
    await this.#link.command(waiting, "ZREM", waiting, this.ticket(request));
  }

  /** Frees a place without a word about what became of it. */
  async giveBack(ticket: string): Promise<void> {
    const { underWay } = this.#keys;
    await this.#link.command(underWay, "ZREM", underWay, ticket);
  }

  /** The buckets as they last were. */
  egresses(): readonly EgressSnapshot[] {
    return [...this.#egresses.values()];
  }

  breakers(): readonly BreakerSnapshot[] {
    return [...this.#breakers.values()];
  }

  #heard(key: string, reply: unknown): void {
    const names = breakersOf(key);
    for (const name of names) this.#breakers.delete(name);
    const open = list(reply);
    for (let at = 0; at + 2 < open.length; at += 3) {
      const name = names[number(open[at])] ?? "";
      const probing = text(open[at + 2]) === "1";
      this.#breakers.set(name, { name, openForMs: number(open[at + 1]), probing });
    }
  }
}
