import type { SqliteValue } from "@motte/core/sqlite";
import type { Statements } from "../sqlite/statements.ts";
import { type FoldRules, foldFact } from "./fold-facts.ts";
import type { MessageFact } from "./message-facts.ts";
import {
  COLUMNS,
  PLAIN_RECORD,
  type StoredRow,
  claimsJson,
  findRows,
  isPlain,
  pushPlainRecord,
  recordOf,
  rowFrom,
} from "./message-record.ts";
import { type MessageIdentity, type MessageRow, originRank } from "./message-row.ts";

/** A row as the facts so far make it, and as it is in the table, unless it is new. */
interface Draft {
  row: MessageRow;
  readonly stored: StoredRow | undefined;
}

export interface Written {
  /** New rows, and the bytes of their bodies. */
  readonly added: number;
  readonly bytes: number;
  /** Something of a message was taken away, and its bytes are still in the file. */
  readonly erased: boolean;
  /** The chats that have more messages now. */
  readonly crowded: ReadonlySet<string>;
}

/** How many words about messages that have not come wait: of one author, and of all. */
const WAITING_PER_AUTHOR = 100;
const WAITING_IN_ALL = 10_000;

const insertInto = (columns: string, rows: number): string => {
  const one = `(${columns
    .split(", ")
    .map(() => "?")
    .join(", ")}, 1)`;
  return `INSERT INTO message(${columns}, counted) VALUES ${Array.from({ length: rows }, () => one).join(", ")}`;
};
// What a statement costs by itself is shared by as many rows.
const ROWS_PER_INSERT = 16;
const INSERT_ONE = insertInto(`acct, ${COLUMNS}`, 1);
const INSERT_PLAIN = insertInto(`acct, ${PLAIN_RECORD}`, 1);
const INSERT_MANY_PLAIN = insertInto(`acct, ${PLAIN_RECORD}`, ROWS_PER_INSERT);

const MOST_COLUMNS: readonly (keyof MessageRow)[] = [
  "chat",
  "sender",
  "kind",
  "sentAtMs",
  "erased",
  "expiresAtMs",
  "keyJson",
  "body",
  "editedAtMs",
  "editBody",
  "waitingFor",
];

/**
 * The rows that some facts are about, read in one statement. Facts fold into them in memory, and each row is
 * written once, however many facts changed it. Used within one transaction.
 */
export class RowDrafts {
  readonly #sql: Statements;
  readonly #account: number;
  readonly #bySlot: Map<string, Draft[]>;
  readonly #created: Draft[] = [];
  readonly #changed = new Set<Draft>();

  constructor(sql: Statements, account: number, facts: readonly MessageFact[]) {
    this.#sql = sql;
    this.#account = account;
    this.#bySlot = this.#read(facts);
  }

  fold(fact: MessageFact, rules: FoldRules): void {
    const slot = slotOf(fact.about);
    const drafts = this.#bySlot.get(slot);
    for (const { before, after } of foldFact(drafts?.map(({ row }) => row) ?? [], fact, rules)) {
      const draft = before && drafts?.find(({ row }) => row === before);
      if (draft === undefined) {
        const created: Draft = { row: after, stored: undefined };
        this.#created.push(created);
        const others = this.#bySlot.get(slot);
        if (others === undefined) this.#bySlot.set(slot, [created]);
        else others.push(created);
      } else {
        draft.row = after;
        if (draft.stored !== undefined) this.#changed.add(draft);
      }
    }
  }

  /** Writes what changed. What waited for its message and got it makes room before more begins to wait. */
  write(): Written {
    let erased = false;
    for (const { row, stored } of this.#changed) {
      if (stored !== undefined) updateRow(this.#sql, stored, row);
      erased ||= row.erased;
    }
    const crowded = new Set<string>();
    const plain: MessageRow[] = [];
    for (const { row } of this.#created) {
      if (row.body !== undefined) crowded.add(row.chat.jid);
      if (isPlain(row)) {
        plain.push(row);
      } else {
        if (row.waitingFor !== undefined) this.#makeRoomToWait(row.waitingFor);
        this.#sql(INSERT_ONE).run(this.#account, ...recordOf(row));
      }
    }
    const whole = plain.length - (plain.length % ROWS_PER_INSERT);
    for (let from = 0; from < whole; from += ROWS_PER_INSERT) {
      this.#insertPlain(INSERT_MANY_PLAIN, plain.slice(from, from + ROWS_PER_INSERT));
    }
    for (const row of plain.slice(whole)) this.#insertPlain(INSERT_PLAIN, [row]);
    const bytes = this.#created.reduce((sum, { row }) => sum + bytesOf(row), 0);
    return { added: this.#created.length, bytes, erased, crowded };
  }

  #read(facts: readonly MessageFact[]): Map<string, Draft[]> {
    const bySlot = new Map<string, Draft[]>();
    const [only] = facts;
    const stored =
      facts.length === 1 && only !== undefined
        ? findRows(this.#sql, this.#account, only.about)
        : this.#readAll(new Set(facts.map(({ about }) => about.id)));
    for (const row of stored) {
      const slot = slotOf(row);
      const drafts = bySlot.get(slot);
      if (drafts === undefined) bySlot.set(slot, [{ row, stored: row }]);
      else drafts.push({ row, stored: row });
    }
    return bySlot;
  }

  #readAll(ids: ReadonlySet<string>): readonly StoredRow[] {
    // CROSS JOIN keeps the planner from reading the table first and the list for every row of it.
    return this.#sql(
      `SELECT message.pk, ${COLUMNS.replace("id,", "message.id,")}
       FROM json_each(?) AS wanted CROSS JOIN message ON message.acct = ? AND message.id = wanted.value`,
    )
      .all(JSON.stringify([...ids]), this.#account)
      .map(rowFrom);
  }

  #insertPlain(insert: string, rows: readonly MessageRow[]): void {
    const values: SqliteValue[] = [];
    for (const row of rows) pushPlainRecord(values, this.#account, row);
    this.#sql(insert).run(...values);
  }

  // Whoever floods us with words about messages that never come pushes out his own.
  #makeRoomToWait(author: string): void {
    const deleteOldest = "DELETE FROM message WHERE pk IN (SELECT pk FROM message INDEXED BY";
    const held = this.#sql(
      "SELECT count(*) AS rows FROM message WHERE acct = ? AND waiting = ?",
    ).get(this.#account, author);
    if (Number(held?.["rows"]) >= WAITING_PER_AUTHOR) {
      this.#sql(
        `${deleteOldest} message_waiting WHERE acct = ? AND waiting = ? ORDER BY expires_at LIMIT 1)`,
      ).run(this.#account, author);
      return;
    }
    const all = this.#sql(
      "SELECT count(*) AS rows FROM message WHERE acct = ? AND waiting IS NOT NULL",
    ).get(this.#account);
    if (Number(all?.["rows"]) < WAITING_IN_ALL) return;
    this.#sql(
      `${deleteOldest} message_waiting WHERE acct = ? AND waiting IS NOT NULL ORDER BY expires_at LIMIT 1)`,
    ).run(this.#account);
  }
}

/** Writes the columns that can have changed. */
export function updateRow(sql: Statements, before: StoredRow, row: MessageRow): void {
  const { pk } = before;
  if (isSmallChange(before, row)) {
    const [origin, claims] = [originRank(row.origin), claimsJson(row)];
    sql("UPDATE message SET origin = ?, status = ?, claims = ? WHERE pk = ?").run(
      origin,
      row.status,
      claims,
      pk,
    );
    return;
  }
  sql(
    `UPDATE message SET (${COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE pk = ?`,
  ).run(...recordOf(row), pk);
}

// Most changes are a receipt's. Writing the other columns too would write every index again.
function isSmallChange(before: MessageRow, after: MessageRow): boolean {
  return MOST_COLUMNS.every((name) => before[name] === after[name]);
}

function bytesOf({ body, editBody }: MessageRow): number {
  return (body?.length ?? 0) + (editBody?.length ?? 0);
}

function slotOf({ id, fromMe }: Pick<MessageIdentity, "id" | "fromMe">): string {
  return `${fromMe ? 1 : 0}${id}`;
}
