import type { Clock } from "@motte/core/clock";
import { type SyncCache, lru } from "../cache/lru.ts";
import { minutes } from "../millis.ts";
import type { IdentityFact, IdentityLookup } from "./identities.ts";
import { type UserJid, userPair } from "./user-jid.ts";

/** How long it is not asked again for somebody it did not know. */
const UNKNOWN_FOR = minutes(10);
const MOST_UNKNOWN = 10_000;

/** Pairs from the `lid-mapping` family of the auth state, which Baileys fills. It is only read. */
export class AuthStateLookup {
  readonly #clock: Clock;
  #unknown: SyncCache<true> | undefined;
  readonly #flights = new Map<string, Promise<IdentityFact | undefined>>();
  #lookup: IdentityLookup = {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  use(lookup: IdentityLookup | undefined): void {
    this.#lookup = lookup ?? {};
    this.#unknown = lru({ max: MOST_UNKNOWN, ttl: UNKNOWN_FOR, clock: this.#clock });
    this.#flights.clear();
  }

  /** Forgets whom it did not know. */
  forget(): void {
    this.#unknown?.clear();
  }

  async find(users: readonly UserJid[], network: boolean): Promise<readonly IdentityFact[]> {
    const wanted = new Map(users.map((user) => [user.jid, user]));
    const asked: UserJid[] = [];
    const answers: Promise<IdentityFact | undefined>[] = [];
    for (const user of wanted.values()) {
      const flight = this.#flights.get(flightKey(user, network));
      if (flight !== undefined) answers.push(flight);
      else if (!this.#unknown?.get(flightKey(user, network))) asked.push(user);
    }
    if (asked.length > 0) answers.push(...this.#ask(asked, network));
    return (await Promise.all(answers)).filter((fact) => fact !== undefined);
  }

  #ask(users: readonly UserJid[], network: boolean): Promise<IdentityFact | undefined>[] {
    const lookup = this.#lookup;
    const batch = readPairs(lookup, users);
    return users.map((user) => {
      const key = flightKey(user, network);
      const flight = this.#answer(lookup, batch, user, network).finally(() => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      });
      this.#flights.set(key, flight);
      return flight;
    });
  }

  async #answer(
    lookup: IdentityLookup,
    batch: Promise<ReadonlyMap<string, string>>,
    user: UserJid,
    network: boolean,
  ): Promise<IdentityFact | undefined> {
    const stored = userPair(user.jid, (await batch).get(user.jid));
    // The auth state has no dates, so that what it says yields to whatever has one.
    if (stored !== undefined) return { ...stored, atMs: 0, source: "auth-state" };
    if (network && user.form === "pn") {
      const asked = userPair(user.jid, await lookup.lidMapping?.getLIDForPN(user.jid));
      if (asked !== undefined) return { ...asked, atMs: this.#clock.now(), source: "usync" };
    }
    if (lookup === this.#lookup) this.#unknown?.set(flightKey(user, network), true);
    return undefined;
  }
}

/**
 * Reads both directions and keeps what they agree on: Baileys lid-mapping.js writes a number's new LID but leaves the
 * old LID's way back to the number.
 */
async function readPairs(
  { keys }: IdentityLookup,
  users: readonly UserJid[],
): Promise<ReadonlyMap<string, string>> {
  const pairs = new Map<string, string>();
  if (keys === undefined) return pairs;
  const there = await keys.get("lid-mapping", users.map(recordOf));
  const others = new Map<UserJid, UserJid>();
  for (const user of users) {
    const other = there[recordOf(user)];
    if (typeof other === "string" && other !== "") others.set(user, otherForm(user, other));
  }
  if (others.size === 0) return pairs;
  const back = await keys.get("lid-mapping", [...others.values()].map(recordOf));
  for (const [user, other] of others) {
    if (back[recordOf(other)] === numberOf(user)) pairs.set(user.jid, other.jid);
  }
  return pairs;
}

// Baileys lid-mapping.js: a record per direction, the PN's by its number, the LID's with `_reverse` behind it.
function recordOf(user: UserJid): string {
  return user.form === "pn" ? numberOf(user) : `${numberOf(user)}_reverse`;
}

function otherForm({ form }: UserJid, number: string): UserJid {
  return form === "pn"
    ? { form: "lid", jid: `${number}@lid` }
    : { form: "pn", jid: `${number}@s.whatsapp.net` };
}

function numberOf({ jid }: UserJid): string {
  return jid.slice(0, jid.indexOf("@"));
}

function flightKey({ jid }: UserJid, network: boolean): string {
  return network ? `${jid} network` : jid;
}
