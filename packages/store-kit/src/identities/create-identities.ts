import { setImmediate } from "node:timers/promises";
import { type Clock, systemClock } from "@motte/core/clock";
import { MotteError } from "@motte/core/errors";
import { Emitter, type Event } from "@motte/core/events";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { StoreKitError } from "../errors.ts";
import { normalizeJid } from "../messages/address.ts";
import type { MeIdentity } from "../messages/own-identity.ts";
import { memoryTables } from "../tables/memory-tables.ts";
import type { Table, Tables } from "../tables/table.ts";
import { AuthStateLookup } from "./auth-state-lookup.ts";
import { Entities, type EntityRow, asEntity } from "./entities.ts";
import type {
  Binding,
  EntityId,
  Identities,
  IdentityChange,
  IdentityEvents,
  IdentityFact,
  IdentityLookup,
  IdentityPair,
  LearnOutcome,
  LearnReport,
  ResolveOptions,
} from "./identities.ts";
import { OwnPair } from "./own-pair.ts";
import { pairReaders } from "./read-pairs.ts";
import { type Register, addTie, isSource } from "./register.ts";
import { userJid, userPair } from "./user-jid.ts";

export interface IdentitiesOptions {
  /** Where they are kept. @defaultValue in memory */
  readonly tables?: Tables;
  /** Our own JIDs, as `state.creds.me` has them. Better known before the first event. */
  readonly me?: Partial<MeIdentity>;
  /** Most LIDs and PNs; the ones heard of longest ago go first. @defaultValue `200_000` */
  readonly maxForms?: number;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Hears of what `ingest` could not read or write. @defaultValue `process.emitWarning` */
  readonly onError?: ErrorSink;
}

/** A server's clock may be ahead of ours; a time beyond that is made up, and would hold its pair for ever. */
const LARGEST_LEAD_MS = 86_400_000;

/** Rows looked at in one step when somebody's are searched for. */
const ROWS_PER_STEP = 500;

/** LID and PN of every user met, in memory or in the tables given. */
export function createIdentities(options: IdentitiesOptions = {}): Identities {
  assertKnownOptions("createIdentities", options, ["tables", "me", "maxForms", "clock", "onError"]);
  const maxForms = integerOption("maxForms", options.maxForms ?? 200_000, { min: 2 });
  return new IdentityStore(options, maxForms);
}

class IdentityStore implements Identities {
  readonly #clock: Clock;
  readonly #report: ErrorSink;
  readonly #tables: Tables;
  readonly #registers: Table<Register>;
  readonly #entityRows: Table<EntityRow>;
  readonly #entities: Entities;
  readonly #own = new OwnPair();
  readonly #lookup: AuthStateLookup;
  readonly #changes: Emitter<IdentityChange>;
  #untold: IdentityChange[] = [];

  constructor(
    { tables = memoryTables(), clock = systemClock, onError, me }: IdentitiesOptions,
    maxForms: number,
  ) {
    this.#clock = clock;
    this.#report = totalSink(onError);
    this.#changes = new Emitter((error) => this.#report(unreadable(error)));
    this.#tables = tables;
    this.#registers = tables.table<Register>({
      name: "identity",
      max: maxForms,
      rankOf: (register) => Math.floor(register[0]?.lastAtMs ?? 0),
    });
    this.#entityRows = tables.table({
      name: "entity",
      max: maxForms,
      rankOf: (row) => row.touchedAtMs,
    });
    this.#entities = new Entities(this.#entityRows);
    this.#lookup = new AuthStateLookup(clock);
    this.setMe(me);
  }

  get onChange(): Event<IdentityChange> {
    return this.#changes.event;
  }

  learn(fact: IdentityFact): LearnOutcome {
    return this.#written(() => this.#learn(fact));
  }

  learnMany(facts: Iterable<IdentityFact>): LearnReport {
    const report = { new: 0, refreshed: 0, rebound: 0, stale: 0, rejected: 0 };
    this.#written(() => {
      for (const fact of facts) report[this.#learn(fact)] += 1;
    });
    return report;
  }

  ingest(events: IdentityEvents): void {
    try {
      const me = events["creds.update"]?.me;
      if (me) this.setMe(me);
      const knowsMe = this.#own.pair !== undefined;
      const readers = pairReaders(events, this.#clock.now(), knowsMe);
      if (readers.length > 0) this.#written(() => readers.forEach((read) => this.#learnRead(read)));
    } catch (error) {
      this.#report(unreadable(error));
    }
  }

  setMe(me: Partial<MeIdentity> | undefined): void {
    const before = this.#own.pair;
    const pair = this.#own.learn(me);
    if (pair === undefined || (before?.lid === pair.lid && before.pn === pair.pn)) return;
    this.#written(() => this.#tie(pair, this.#clock.now(), "self"));
  }

  isMe(jid: string): boolean {
    const user = userJid(jid);
    return user !== undefined && this.#own.has(user.jid);
  }

  lidOf(jid: string): string | undefined {
    const user = userJid(jid);
    return user?.form === "pn" ? this.#boundTo(user.jid) : user?.jid;
  }

  pnOf(jid: string): string | undefined {
    const user = userJid(jid);
    return user?.form === "lid" ? this.#boundTo(user.jid) : user?.jid;
  }

  same(a: string, b: string): boolean {
    return this.#canonical(a) === this.#canonical(b);
  }

  entity(jid: string): EntityId {
    const user = userJid(jid);
    if (user?.form !== "pn") return asEntity(this.#canonical(jid));
    const lid = this.#boundTo(user.jid);
    return lid === undefined
      ? this.#written(() => this.#entities.ofUnboundPn(user.jid, this.#clock.now()))
      : asEntity(lid);
  }

  current(entity: EntityId): EntityId {
    return this.#entities.current(entity);
  }

  members(entity: EntityId): readonly EntityId[] {
    const current = this.current(entity);
    return [current, ...this.#entities.membersOf(current)];
  }

  aliases(entity: EntityId): readonly string[] {
    const current = this.current(entity);
    const user = userJid(current);
    if (user?.form === "lid") {
      const pn = this.#boundTo(user.jid);
      return pn === undefined ? [user.jid] : [user.jid, pn];
    }
    if (user === undefined && !current.includes("~")) return [current];
    const pn = this.#entities.openPnOf(current);
    return pn === undefined ? [] : [pn];
  }

  history(jid: string): readonly Binding[] {
    const user = userJid(jid);
    if (user === undefined) return [];
    return this.#register(user.jid).flatMap(({ other, firstAtMs, lastAtMs, source }) => {
      const pair = userPair(user.jid, other);
      if (pair === undefined) return [];
      const active = this.#boundTo(user.jid) === other;
      return [{ ...pair, firstAtMs, lastAtMs, source, active }];
    });
  }

  *facts(): Iterable<IdentityFact> {
    for (const { key, row } of this.#registers.list()) {
      for (const { other, firstAtMs, lastAtMs, source } of row) {
        const pair = userPair(key, other);
        // Both ends know it; one of them tells it.
        if (pair === undefined || (key === pair.lid && this.#knows(pair))) continue;
        yield { ...pair, atMs: lastAtMs, source };
        if (firstAtMs < lastAtMs) yield { ...pair, atMs: firstAtMs, source };
      }
    }
  }

  async eraseUser(jid: string): Promise<number> {
    const forms = new Set([this.lidOf(jid), this.pnOf(jid)].filter((form) => form !== undefined));
    const registers = await this.#rewrite(this.#registers, (key, register) => {
      const rest = forms.has(key) ? [] : register.filter(({ other }) => !forms.has(other));
      return rest.length === register.length ? register : rest.length > 0 ? rest : undefined;
    });
    const entities = await this.#rewrite(this.#entityRows, (key, row) =>
      Entities.without(key, row, forms),
    );
    this.#lookup.forget();
    return registers + entities;
  }

  lookUpIn(lookup: IdentityLookup | undefined): void {
    this.#lookup.use(lookup);
  }

  async resolve(jid: string, options: ResolveOptions): Promise<string | undefined> {
    return (await this.resolveMany([jid], options)).get(jid);
  }

  async resolveMany(
    jids: readonly string[],
    { want, network = false }: ResolveOptions,
  ): Promise<ReadonlyMap<string, string>> {
    const known = (jid: string): string | undefined =>
      want === "pn" ? this.pnOf(jid) : this.lidOf(jid);
    const missing = jids.filter((jid) => known(jid) === undefined);
    const users = missing.map(userJid).filter((user) => user !== undefined);
    if (users.length > 0) this.learnMany(await this.#lookup.find(users, network));
    const answers = new Map<string, string>();
    for (const jid of jids) {
      const answer = known(jid);
      if (answer !== undefined) answers.set(jid, answer);
    }
    return answers;
  }

  /** Puts what `rest` leaves of each row in its place, in steps of a few milliseconds; says how many changed. */
  async #rewrite<Row>(
    table: Table<Row>,
    rest: (key: string, row: Row) => Row | undefined,
  ): Promise<number> {
    let changed = 0;
    let rows = table.scan("", ROWS_PER_STEP);
    while (rows.length > 0) {
      this.#written(() => {
        for (const { key, row } of rows) {
          const left = rest(key, row);
          if (left === row) continue;
          changed += 1;
          if (left === undefined) table.delete(key);
          else table.set(key, left);
        }
      });
      await setImmediate();
      rows = table.scan(rows.at(-1)?.key ?? "", ROWS_PER_STEP);
    }
    return changed;
  }

  #learnRead(read: () => readonly (IdentityFact | undefined)[]): void {
    try {
      for (const fact of read()) if (fact !== undefined) this.#learn(fact);
    } catch (error) {
      // What SQLite refuses is refused for the whole flush; what cannot be read is only this one.
      if (error instanceof MotteError) throw error;
      this.#report(unreadable(error));
    }
  }

  #learn({ lid, pn, atMs, source }: IdentityFact): LearnOutcome {
    const pair = userPair(lid, pn);
    if (pair === undefined || !isSource(source) || !Number.isFinite(atMs)) return "rejected";
    if (this.#own.isTornBy(pair)) return "rejected";
    // Our own pair is what the credentials say, whatever else agrees with it.
    if (source === "self" && !this.#own.has(pair.pn)) return "rejected";
    const latestMs = this.#clock.now() + LARGEST_LEAD_MS;
    return this.#tie(pair, Math.min(Math.max(0, Math.floor(atMs)), latestMs), source);
  }

  #tie(pair: IdentityPair, atMs: number, source: IdentityFact["source"]): LearnOutcome {
    const { lid, pn } = pair;
    const lidBefore = this.#boundTo(pn);
    const isUnheard = this.#register(pn).length === 0 && this.#register(lid).length === 0;
    this.#addTie(pn, lid, atMs, source);
    this.#addTie(lid, pn, atMs, source);
    if (this.#boundTo(pn) !== lid) return "stale";
    if (lidBefore === lid) return "refreshed";
    if (lidBefore !== undefined) {
      this.#untold.push({ kind: "rebind", pn, from: lidBefore, to: lid });
    }
    const merged = this.#entities.merge(pn, lid, this.#clock.now());
    if (merged !== undefined) {
      this.#untold.push({ kind: "merge", from: merged, to: asEntity(lid) });
    }
    return isUnheard ? "new" : "rebound";
  }

  #addTie(jid: string, other: string, atMs: number, source: IdentityFact["source"]): void {
    const before = this.#register(jid);
    const tie = { other, firstAtMs: atMs, lastAtMs: atMs, source };
    const after = addTie(before, tie);
    if (after !== before) this.#registers.set(jid, after);
  }

  /** The other form of `jid`, when that is the newest word about both. */
  #boundTo(jid: string): string | undefined {
    const own = this.#own.pair;
    if (jid === own?.pn) return own.lid;
    if (jid === own?.lid) return own.pn;
    const [newest] = this.#register(jid);
    if (newest === undefined || this.#register(newest.other)[0]?.other !== jid) return undefined;
    // What was learned before we knew ourselves may tie us to somebody else.
    if (this.#own.has(jid) || this.#own.has(newest.other)) {
      return newest.source === "self" ? newest.other : undefined;
    }
    return newest.other;
  }

  #knows({ lid, pn }: IdentityPair): boolean {
    return this.#register(pn).some(({ other }) => other === lid);
  }

  #register(jid: string): Register {
    return this.#registers.get(jid) ?? [];
  }

  #canonical(jid: string): string {
    const user = userJid(jid);
    return this.lidOf(jid) ?? user?.jid ?? normalizeJid(jid);
  }

  /** Tells of changes within the transaction that stores them, so that what listeners move is moved with it. */
  #written<T>(work: () => T): T {
    try {
      return this.#tables.atomically(() => {
        const result = work();
        for (const change of this.#untold.splice(0)) this.#changes.emit(change);
        return result;
      });
    } catch (error) {
      this.#untold = [];
      throw error;
    }
  }
}

function unreadable(error: unknown): Error {
  if (error instanceof MotteError) return error;
  return new StoreKitError(
    "STORE_KIT_EVENT_UNREADABLE",
    "A pair of LID and PN could not be read from an event, and was left out",
    { cause: error },
  );
}
