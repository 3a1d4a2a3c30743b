import { setImmediate } from "node:timers/promises";
import { type Clock, systemClock } from "@motte/core/clock";
import { MotteError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import type { BaileysEventMap, WAMessageKey } from "@whiskeysockets/baileys";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { StoreKitError } from "../errors.ts";
import type { EntityId, Identities } from "../identities/identities.ts";
import { memoryTables } from "../tables/memory-tables.ts";
import type { Table, Tables } from "../tables/table.ts";
import { partsOf, rowKey } from "./row-key.ts";

export interface ChatSideOptions {
  /** Who is who. What is kept moves with a person whose number meets its LID. */
  readonly identities: Pick<Identities, "entity" | "isMe" | "onChange">;
  /** Where rows are kept; best the identities' own, so that both change together. @defaultValue in memory */
  readonly tables?: Tables;
  /** Most rows kept; the oldest go first. @defaultValue `100_000` */
  readonly max?: number;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Hears of what could not be read or written. @defaultValue `process.emitWarning` */
  readonly onError?: ErrorSink;
}

/** Rows looked at in one step when somebody's are searched for. */
const ROWS_PER_STEP = 500;

/** What every store on the side of the chats does alike. */
export class StoreBase {
  readonly identities: ChatSideOptions["identities"];
  readonly tables: Tables;
  readonly max: number;
  readonly clock: Clock;
  readonly #report: ErrorSink;

  constructor(where: string, options: ChatSideOptions) {
    assertKnownOptions(where, options, ["identities", "tables", "max", "clock", "onError"]);
    const { identities, tables = memoryTables(), clock = systemClock, onError } = options;
    this.identities = identities;
    this.tables = tables;
    this.max = integerOption("max", options.max ?? 100_000, { min: 1 });
    this.clock = clock;
    this.#report = totalSink(onError);
  }

  /**
   * Runs one flush in one transaction. Nothing it does reaches Baileys, where it would break the next store. Says
   * whether it was kept.
   */
  flush(work: () => void): boolean {
    return this.#tried(() => this.tables.atomically(work));
  }

  /** Hands on every element. What cannot be read is left out alone; what cannot be written ends the flush. */
  each<T>(list: readonly T[] | undefined, take: (element: T) => void): void {
    if (list === undefined) return;
    if (!Array.isArray(list)) return this.#report(unreadable(new TypeError("No list")));
    for (const element of list) {
      try {
        take(element);
      } catch (error) {
        if (error instanceof MotteError) throw error;
        this.#report(unreadable(error));
      }
    }
  }

  /**
   * Whenever an entity joins another, moves the rows of its keys: `join` is told both where there are two. The answer
   * is to be told whom each new row names, where that is not the first of its key.
   */
  followMerges<Row>(
    table: Table<Row>,
    at: number | undefined,
    join: (moved: Row, present: Row | undefined) => Row,
  ): (entity: string) => void {
    // Looking through the whole table each time would cost more than all else while numbers meet their LIDs.
    let named: Set<string> | undefined;
    this.identities.onChange((change) => {
      if (change.kind !== "merge") return;
      this.#tried(() => {
        if (at !== undefined && at > 0) named ??= namedAt(table, at);
        if (named?.has(change.from) === false) return;
        this.tables.atomically(() => move(table, change.from, change.to, at, join));
      });
    });
    return (entity) => {
      if (isMergeable(entity)) named?.add(entity);
    };
  }

  /**
   * Deletes the rows that name somebody at one of those places of their keys, in steps of a few milliseconds. Says how
   * many those were. `unname` takes their names out of the rows of others.
   *
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE`.
   */
  async eraseRows<Row>(
    table: Table<Row>,
    whom: EntityId,
    places: readonly number[],
    unname: (row: Row, key: string) => Row = (row) => row,
  ): Promise<number> {
    let deleted = 0;
    let rows = table.scan("", ROWS_PER_STEP);
    while (rows.length > 0) {
      this.tables.atomically(() => {
        for (const { key, row } of rows) {
          const parts = partsOf(key);
          if (places.some((place) => parts[place] === whom)) deleted += Number(table.delete(key));
          else {
            const unnamed = unname(row, key);
            if (unnamed !== row) table.set(key, unnamed);
          }
        }
      });
      await setImmediate();
      rows = table.scan(rows.at(-1)?.key ?? "", ROWS_PER_STEP);
    }
    return deleted;
  }

  /** As `eraseRows`, where rows say how they were addressed last: with a number that was somebody else's since. */
  async eraseNamedRows<Row extends { readonly jid: string }>(
    table: Table<Row>,
    whom: EntityId,
  ): Promise<number> {
    return this.eraseRows(table, whom, [0], (row, key) => {
      const [entity = ""] = partsOf(key);
      const isTheirs = row.jid !== entity && this.identities.entity(row.jid) === whom;
      return isTheirs ? { ...row, jid: entity } : row;
    });
  }

  #tried(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#report(error instanceof MotteError ? error : unreadable(error));
      return false;
    }
  }
}

/** Whom the rows of a table name at one place of their keys, as far as they may join somebody else. */
function namedAt<Row>(table: Table<Row>, at: number): Set<string> {
  const entities = table.list().map(({ key }) => partsOf(key)[at] ?? "");
  return new Set(entities.filter(isMergeable));
}

/** A LID is its own entity, for good. */
function isMergeable(entity: string): boolean {
  return !entity.endsWith("@lid");
}

/**
 * Gives the rows of one entity to another. `at` says which part of the key names it: the first can be looked up,
 * any other is looked for. Without it, the key is the entity.
 */
function move<Row>(
  table: Table<Row>,
  from: EntityId,
  to: EntityId,
  at: number | undefined,
  join: (moved: Row, present: Row | undefined) => Row,
): void {
  const own = at === undefined ? table.get(from) : undefined;
  const rows =
    at === undefined
      ? own === undefined
        ? []
        : [{ key: from, row: own }]
      : table.list(at === 0 ? rowKey(from, "") : "").filter(({ key }) => partsOf(key)[at] === from);
  for (const { key, row } of rows) {
    const target = at === undefined ? to : rowKey(...partsOf(key).with(at, to));
    table.delete(key);
    table.set(target, join(row, table.get(target)));
  }
}

/** Gives whatever a damaged event made go wrong its code. */
export function unreadable(error: unknown): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_EVENT_UNREADABLE",
    "A part of an event about chats was not understood, and is left out",
    { cause: error },
  );
}

/** An event that is no list, as a list. */
export function one<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

/** The keys of a deletion that names messages. */
export function deletedKeys(
  deletion: BaileysEventMap["messages.delete"] | undefined,
): readonly WAMessageKey[] | undefined {
  return typeof deletion === "object" && deletion !== null && "keys" in deletion
    ? deletion.keys
    : undefined;
}
