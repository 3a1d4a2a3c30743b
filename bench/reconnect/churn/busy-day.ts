import type { Random } from "@motte/core/random";
import { LOGIN_MS, REFUSED_MS } from "../scripts/handshake.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../scripts/script.ts";
import {
  type BaileysError,
  ackOwed,
  failure,
  rateLimited,
  restartRequired,
  socketClosed,
  unreachable,
} from "../world/baileys-errors.ts";
import type { Connection } from "../world/connection.ts";
import type { World } from "../world/world.ts";

/** A time of the day, in which some bots are cut off or answered otherwise. */
interface Trouble {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Which bots, of all. */
  readonly share: number;
  readonly error: BaileysError;
  readonly answersAfterMs: number;
}

/** Sites that switch their network off at night, a server that is away, and a site that loses its network by day. */
const TROUBLES: readonly Trouble[] = [
  trouble(0, 6 * HOUR_MS, 0.1, unreachable, REFUSED_MS),
  trouble(9 * HOUR_MS, 20 * MINUTE_MS, 1, failure(503), LOGIN_MS),
  trouble(13 * HOUR_MS, HOUR_MS, 0.1, unreachable, REFUSED_MS),
];

/** Bots whose connections last no longer than seconds, for an hour of the day. */
const FLAPPING = {
  share: 0.01,
  fromMs: 17 * HOUR_MS,
  untilMs: 18 * HOUR_MS,
  openMs: 10 * SECOND_MS,
};

const MEAN_LIFE_MS = 3 * HOUR_MS;

/** How connections end, and how often. */
const ENDS: readonly (readonly [upTo: number, error: BaileysError])[] = [
  [0.75, socketClosed],
  [0.85, restartRequired],
  [0.9, rateLimited],
  [0.95, ackOwed],
  [1, failure(500)],
];

/** A server on a day with everything in it. */
export class BusyDay {
  readonly #world: World;
  readonly #random: Random;
  readonly #open = new Map<number, Connection>();
  readonly #bots: number;

  constructor(world: World, random: Random, bots: number) {
    this.#world = world;
    this.#random = random;
    this.#bots = bots;
    for (const each of TROUBLES) world.after(each.fromMs, () => this.#cut(each));
  }

  /** How many are connected now. */
  get open(): number {
    let count = 0;
    for (const connection of this.#open.values()) if (connection.isOpen) count++;
    return count;
  }

  accept(bot: number, connection: Connection): void {
    const nowMs = this.#world.now();
    const now = TROUBLES.find(
      (each) => nowMs >= each.fromMs && nowMs < each.untilMs && this.#isIn(bot, each.share),
    );
    if (now !== undefined) {
      this.#world.after(now.answersAfterMs, () => connection.close(now.error));
      return;
    }
    this.#open.set(bot, connection);
    this.#world.after(LOGIN_MS, () => connection.open());
    const flaps = nowMs >= FLAPPING.fromMs && nowMs < FLAPPING.untilMs;
    const lifeMs =
      flaps && this.#isIn(bot, FLAPPING.share)
        ? FLAPPING.openMs
        : -Math.log(1 - this.#random.next()) * MEAN_LIFE_MS;
    this.#world.after(LOGIN_MS + lifeMs, () => connection.close(this.#end()));
  }

  #cut({ share }: Trouble): void {
    for (const [bot, connection] of this.#open) {
      if (this.#isIn(bot, share)) connection.close(socketClosed);
    }
  }

  #isIn(bot: number, share: number): boolean {
    return bot < share * this.#bots;
  }

  #end(): BaileysError {
    const drawn = this.#random.next();
    return ENDS.find(([upTo]) => drawn < upTo)?.[1] ?? socketClosed;
  }
}

function trouble(
  fromMs: number,
  lastsMs: number,
  share: number,
  error: BaileysError,
  answersAfterMs: number,
): Trouble {
  return { fromMs, untilMs: fromMs + lastsMs, share, error, answersAfterMs };
}
