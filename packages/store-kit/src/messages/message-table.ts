import type { SqliteDatabase } from "@motte/core/sqlite";
import { openAccount } from "../sqlite/accounts.ts";
import { checkpointsOf } from "../sqlite/checkpoints.ts";
import { type Statements, prepared } from "../sqlite/statements.ts";
import { emptyLog, scrubbed } from "../sqlite/scrub.ts";
import { transaction } from "../sqlite/transaction.ts";
import { type Address, formsOf, lidIn } from "./address.ts";
import { ErasureMarks, markedBy, marksOf, userMark } from "./erasure-marks.ts";
import type { WriteRules } from "./fact-reader.ts";
import { erasedRow } from "./fold-facts.ts";
import type { MessageFact } from "./message-facts.ts";
import { MessageBounds } from "./message-bounds.ts";
import {
  COLUMNS,
  PLAIN_COLUMNS,
  type PlainRow,
  READ_COLUMNS,
  type StoredReadRow,
  type StoredRow,
  findRows,
  kindNumber,
  plainRowFrom,
  readRowFrom,
  rowFrom,
} from "./message-record.ts";
import type { ReadRow } from "./message-row.ts";
import type { Retention } from "./retention.ts";
import { RowDrafts, updateRow } from "./row-drafts.ts";

/** Where a page goes on: the row after which nothing newer is wanted. */
export interface PagePosition {
  readonly sentAtMs: number;
  readonly pk: number;
}

const SWEPT_LOG_PAGES = 250;
/** As many as a call of sweep() gives back to the file system. */
const FREED_PAGES = 32;

/** The SQL of one account's messages. Every statement is prepared once. */
export class MessageTable {
  readonly #database: SqliteDatabase;
  readonly #account: number;
  readonly #sql: Statements;
  readonly #marks: ErasureMarks;
  readonly #bounds: MessageBounds;
  #leftovers = false;

  constructor(database: SqliteDatabase, account: string, retention: Retention) {
    this.#database = database;
    this.#sql = prepared(database);
    const sql = this.#sql;
    const { number, bounds } = transaction(database, () => {
      const opened = openAccount(database, account);
      const kept = new MessageBounds(sql, opened, retention);
      kept.applyLives();
      return { number: opened, bounds: kept };
    });
    this.#account = number;
    this.#bounds = bounds;
    this.#marks = new ErasureMarks(sql, number);
  }

  /** Every row of an id in one direction, expired ones too. */
  find(id: string, fromMe: boolean): readonly StoredRow[] {
    return findRows(this.#sql, this.#account, { id, fromMe });
  }

  /** As `find`, and no more than reading the message takes. */
  findToRead(id: string, fromMe: boolean): readonly StoredReadRow[] {
    return this.#sql(
      `SELECT ${READ_COLUMNS} FROM message WHERE acct = ? AND id = ? AND from_me = ?`,
    )
      .all(this.#account, id, Number(fromMe))
      .map((record) => readRowFrom(id, fromMe, record));
  }

  /** The only row of an id in one direction, if all that there is to say of it is its address and its body. */
  findPlain(id: string, fromMe: boolean, nowMs: number): PlainRow | undefined {
    const [record, another] = this.#sql(
      `SELECT ${PLAIN_COLUMNS} FROM message WHERE acct = ? AND id = ? AND from_me = ?`,
    ).all(nowMs, this.#account, id, Number(fromMe));
    if (record === undefined || another !== undefined) return undefined;
    return plainRowFrom(id, fromMe, record);
  }

  /** Whether the chat was deleted, or the sender's data erased, after the message was sent. */
  isErased(row: ReadRow): boolean {
    return this.#marks.since()(row, row.sentAtMs);
  }

  /** Writes facts and deleted chats in one transaction, then a little overdue clean-up. */
  write(facts: readonly MessageFact[], erasedChats: readonly Address[], rules: WriteRules): void {
    if (facts.length === 0 && erasedChats.length === 0) return;
    transaction(this.#database, () => {
      this.#fold(facts, rules);
      for (const chat of erasedChats) this.markErased(chat, rules.nowMs);
      // Each write pays for what it adds, so the bounds hold without anybody calling sweep().
      const dropped = this.#bounds.enforce(2 * facts.length + 16);
      this.#leftovers ||= dropped > 0;
    });
  }

  /** Erases a message whose revoke turned out to be an admin's. */
  erase({ pk, id, fromMe }: StoredReadRow, nowMs: number): void {
    transaction(this.#database, () => {
      const row = this.find(id, fromMe).find((one) => one.pk === pk);
      if (row !== undefined) updateRow(this.#sql, row, erasedRow(row, nowMs));
    });
    this.#leftovers = true;
  }

  /** Makes everything sent to a chat until now unreadable; `sweep` deletes it. */
  markErased(chat: Address, nowMs: number): void {
    this.#leftovers = true;
    for (const name of marksOf(chat)) this.#marks.set(name, nowMs);
  }

  /** Keeps everything that a user sent until now from coming back. */
  markUserErased(user: Address, nowMs: number): void {
    this.#leftovers = true;
    for (const name of marksOf(user)) this.#marks.set(userMark(name), nowMs, { swept: true });
  }

  /** Keeps what came from a user, or to their chat, erased, without keeping who that is. */
  hideErased(user: Address): void {
    // By number alone, too, they may have been marked before their LID was known.
    const names = [...new Set([...formsOf(user), ...marksOf(user)])];
    transaction(this.#database, () => this.#marks.hide([...names, ...names.map(userMark)]));
  }

  /** Takes what was deleted off the disk, all of it. Says whether it is. */
  async scrubAll(): Promise<boolean> {
    this.#leftovers = !(await scrubbed(this.#database));
    return !this.#leftovers;
  }

  /** Rows that somebody says are revoked, from `afterPk` on. */
  claimed(afterPk: number, limit: number): readonly StoredRow[] {
    return this.#sql(
      `SELECT pk, ${COLUMNS} FROM message WHERE acct = ? AND claims IS NOT NULL AND pk > ? ORDER BY pk LIMIT ?`,
    )
      .all(this.#account, afterPk, limit)
      .map(rowFrom);
  }

  /** Deletes what a user sent and what is in their chat, looking at no more than `maxRows` rows from `afterPk` on. */
  eraseSender(
    user: Address,
    afterPk: number,
    maxRows: number,
  ): { readonly deleted: number; readonly nextPk: number | undefined } {
    const last = this.#sql(
      "SELECT max(pk) AS pk, count(*) AS seen FROM (SELECT pk FROM message WHERE pk > ? ORDER BY pk LIMIT ?)",
    ).get(afterPk, maxRows);
    if (last === undefined || last["pk"] === null) return { deleted: 0, nextPk: undefined };
    const nextPk = Number(last["pk"]);
    // Under the number with another LID is what somebody else sent, who had it before.
    const whole = lidIn(user) ?? user.jid;
    const alone = formsOf(user).find((form) => form !== whole) ?? whole;
    const deleted = this.#count(
      `WITH who(whole, alone) AS (VALUES (?, ?))
       DELETE FROM message WHERE pk > ? AND pk <= ? AND acct = ? AND EXISTS (SELECT 1 FROM who WHERE
         whole IN (sender, sender_alt, chat, chat_alt, waiting) OR alone = waiting
         OR (alone = sender AND sender_alt IS NULL) OR (alone = chat AND chat_alt IS NULL))`,
      whole,
      alone,
      afterPk,
      nextPk,
      this.#account,
    );
    // What they said of others' messages, as an admin who nobody knows to be one.
    this.#count(
      `WITH who(whole, alone) AS (VALUES (?, ?))
       UPDATE message SET claims = (
         SELECT nullif(json_group_array(json(value)), '[]') FROM json_each(claims), who
         WHERE json_extract(value, '$.jid') <> whole
         AND ifnull(json_extract(value, '$.alt'), '') <> whole
         AND (json_extract(value, '$.jid') <> alone OR json_extract(value, '$.alt') IS NOT NULL))
       WHERE pk > ? AND pk <= ? AND acct = ? AND claims IS NOT NULL`,
      whole,
      alone,
      afterPk,
      nextPk,
      this.#account,
    );
    return { deleted, nextPk: Number(last["seen"]) < maxRows ? undefined : nextPk };
  }

  /** The newest readable messages of a chat, under any of its forms, before a position. */
  page(
    chat: Address,
    before: PagePosition | undefined,
    limit: number,
    nowMs: number,
  ): readonly StoredRow[] {
    const { sentAtMs, pk } = before ?? { sentAtMs: Number.MAX_SAFE_INTEGER, pk: 0 };
    const found = new Map<number, StoredRow>();
    for (const { form, where } of placesOf(chat)) {
      const select = this.#sql(
        `SELECT pk, ${COLUMNS} FROM message WHERE acct = ? AND ${where} AND (ts, pk) < (?, ?)
         AND flags = 0 AND body IS NOT NULL AND kind <> ? AND expires_at > ?
         ORDER BY ts DESC, pk DESC LIMIT ?`,
      );
      const control = kindNumber("control");
      for (const one of select.all(this.#account, form, sentAtMs, pk, control, nowMs, limit)) {
        const row = rowFrom(one);
        found.set(row.pk, row);
      }
    }
    return [...found.values()]
      .toSorted((a, b) => b.sentAtMs - a.sentAtMs || b.pk - a.pk)
      .slice(0, limit);
  }

  /** Deletes at most `maxRows` rows that are past their life, in a deleted chat or over the bounds. */
  sweep(maxRows: number, nowMs: number): number {
    return transaction(this.#database, () => {
      this.#bounds.countOlder();
      let deleted = this.#count(
        `DELETE FROM message WHERE pk IN (
           SELECT pk FROM message WHERE acct = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?)`,
        this.#account,
        nowMs,
        maxRows,
      );
      if (deleted < maxRows) deleted += this.#sweepMarked(maxRows - deleted);
      if (deleted < maxRows) deleted += this.#bounds.enforce(maxRows - deleted);
      this.#marks.forget(nowMs);
      this.#leftovers ||= deleted > 0;
      return deleted;
    });
  }

  /** Deletes at most `maxRows` rows of one deleted chat. */
  sweepErased(maxRows: number, chat: Address): number {
    return transaction(this.#database, () => this.#sweepMarked(maxRows, marksOf(chat)));
  }

  /**
   * Runs `work` while the log is moved into the file after fewer pages than otherwise: whoever commits waits for that,
   * and what a sweep deletes is in no hurry.
   */
  withShortLog<T>(work: () => T): T {
    if (checkpointsOf(this.#database) !== undefined) return work();
    const before = Number(this.#sql("PRAGMA wal_autocheckpoint").get()?.["wal_autocheckpoint"]);
    this.#database.exec(`PRAGMA wal_autocheckpoint = ${SWEPT_LOG_PAGES}`);
    try {
      return work();
    } finally {
      this.#database.exec(`PRAGMA wal_autocheckpoint = ${before}`);
    }
  }

  /**
   * Gives freed pages back, a few at a time, and then empties the write-ahead log: erased text would otherwise live on
   * in both. False when there is more to do: then it wants to be called again.
   */
  scrub(): boolean {
    if (!this.#leftovers) return true;
    const checkpoints = checkpointsOf(this.#database);
    if (!this.isEmptyingLog && this.#freeSome()) return false;
    // Another connection may be reading: then the next sweep does it, rather than block this process.
    const isEmptied = checkpoints?.emptySoon() ?? emptyLog(this.#database);
    if (isEmptied === "later") return false;
    this.#leftovers = !isEmptied;
    return true;
  }

  /** Whether `scrub` is to be called again for the log alone, which is being emptied. */
  get isEmptyingLog(): boolean {
    return checkpointsOf(this.#database)?.isAskedAgain === true;
  }

  /** Whether there are more pages to give back. */
  #freeSome(): boolean {
    const free = (): number => Number(this.#sql("PRAGMA freelist_count").get()?.["freelist_count"]);
    const before = free();
    if (before === 0) return false;
    this.#database.exec(`PRAGMA incremental_vacuum(${FREED_PAGES})`);
    checkpointsOf(this.#database)?.committed();
    // A file that was made without it cannot shrink.
    return free() > 0 && free() < before;
  }

  /** What to wait for before more is written that can wait, if anything. */
  room(): Promise<void> | undefined {
    return checkpointsOf(this.#database)?.room();
  }

  /** Whether what is in no hurry may be written. False after waiting a moment: then it wants to be asked again. */
  isAtRest(): boolean {
    return checkpointsOf(this.#database)?.isAtRest() ?? true;
  }

  get isMoving(): boolean {
    return checkpointsOf(this.#database)?.isMoving === true;
  }

  #fold(facts: readonly MessageFact[], rules: WriteRules): void {
    const drafts = new RowDrafts(this.#sql, this.#account, facts);
    const foldRules = { ...rules, isErasedSince: this.#marks.since() };
    for (const fact of facts) drafts.fold(fact, foldRules);
    const { added, bytes, erased, crowded } = drafts.write();
    if (added > 0) this.#bounds.added(added, bytes);
    this.#leftovers ||= erased;
    for (const chat of crowded) this.#bounds.trimChat(chat);
  }

  #sweepMarked(maxRows: number, names?: readonly string[]): number {
    let deleted = 0;
    for (const { name, beforeMs } of this.#marks.unswept()) {
      if (names?.includes(name) === false) continue;
      const { jid, alone } = markedBy(name);
      for (const where of alone
        ? ["chat = ? AND chat_alt IS NULL"]
        : ["chat = ?", "chat_alt = ?"]) {
        if (deleted >= maxRows) return deleted;
        deleted += this.#count(
          `DELETE FROM message WHERE pk IN (
             SELECT pk FROM message WHERE acct = ? AND ${where} AND ts <= ? LIMIT ?)`,
          this.#account,
          jid,
          beforeMs,
          maxRows - deleted,
        );
      }
      if (deleted >= maxRows) return deleted;
      this.#marks.setSwept(name);
    }
    return deleted;
  }

  #count(sql: string, ...parameters: (number | string)[]): number {
    return Number(this.#sql(sql).run(...parameters).changes);
  }
}

/**
 * Where the rows of a chat stand. What stands under its number with another LID is somebody else's, who had the number
 * before.
 */
function placesOf(chat: Address): readonly { readonly form: string; readonly where: string }[] {
  const forms = formsOf(chat);
  const lid = lidIn(chat);
  return forms.flatMap((form) =>
    lid === undefined || form === lid
      ? [
          { form, where: "chat = ?" },
          { form, where: "chat_alt = ?" },
        ]
      : [{ form, where: "chat = ? AND chat_alt IS NULL" }],
  );
}
