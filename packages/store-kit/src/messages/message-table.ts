import type { SqliteDatabase } from "@motte/core/sqlite";
import type { Address } from "./address.ts";
import type { MessageFact, MessageIdentity } from "./message-facts.ts";
import { type MessageRow, matchRow, originRank, rowFrom } from "./message-row.ts";
import { LONGEST_AGE_MS, type Retention } from "./retention.ts";
import { openAccount } from "../sqlite/accounts.ts";
import { type Statements, prepared } from "../sqlite/statements.ts";
import { transaction } from "../sqlite/transaction.ts";
import { BUSY_TIMEOUT_MS } from "../sqlite/upgrade.ts";

/** The SQL of one account's messages. Every statement is prepared once. */
export class MessageTable {
  readonly #database: SqliteDatabase;
  readonly #account: number;
  readonly #retention: Retention;
  readonly #sql: Statements;
  #leftovers = false;

  constructor(database: SqliteDatabase, account: string, retention: Retention) {
    this.#database = database;
    this.#retention = retention;
    this.#sql = prepared(database);
    this.#account = transaction(database, () => this.#openAccount(account));
  }

  /** Every row of an id in one direction, expired ones too. */
  find(id: string, fromMe: boolean): readonly MessageRow[] {
    return this.#sql(
      `SELECT pk, chat, chat_alt, sender, sender_alt, origin, ts, flags, expires_at, key_ext, body, edit_ts, edit_body
       FROM message WHERE acct = ? AND id = ? AND from_me = ?`,
    )
      .all(this.#account, id, Number(fromMe))
      .map(rowFrom);
  }

  /** True when the chat was deleted after that moment. */
  isChatErased({ jid, alt }: Address, sentAtMs: number): boolean {
    const mark = this.#sql(
      "SELECT 1 FROM erased_chat WHERE acct = ? AND chat IN (?, ?) AND before_ms >= ?",
    );
    return mark.get(this.#account, jid, alt ?? jid, sentAtMs) !== undefined;
  }

  /** Writes facts and deleted chats in one transaction, then a little overdue clean-up. */
  write(facts: readonly MessageFact[], erasedChats: readonly string[], nowMs: number): void {
    if (facts.length === 0 && erasedChats.length === 0) return;
    transaction(this.#database, () => {
      for (const fact of facts) this.#apply(fact, nowMs);
      for (const chat of erasedChats) this.#eraseChat(chat, nowMs);
      // Each write pays for what it adds, so the bounds hold without anybody calling sweep().
      this.#enforceBounds(2 * facts.length + 16);
    });
  }

  /** Deletes at most `maxRows` rows that are past their life, in a deleted chat or over the bounds. */
  sweep(maxRows: number, nowMs: number): number {
    return transaction(this.#database, () => {
      const expired = this.#count(
        `DELETE FROM message WHERE pk IN (
           SELECT pk FROM message WHERE acct = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?)`,
        this.#account,
        nowMs,
        maxRows,
      );
      const crowded = this.#enforceBounds(maxRows - expired);
      this.#count(
        "DELETE FROM erased_chat WHERE acct = ? AND expires_at <= ?",
        this.#account,
        nowMs,
      );
      const deleted = expired + crowded;
      this.#leftovers ||= deleted > 0;
      return deleted;
    });
  }

  /** Gives freed pages back, and empties the write-ahead log, where erased text would otherwise live on. */
  scrub(): void {
    if (!this.#leftovers) return;
    this.#database.exec("PRAGMA incremental_vacuum(64)");
    // Another connection may be reading: then the next call does it, rather than block this process.
    this.#database.exec("PRAGMA busy_timeout = 0");
    try {
      const done = this.#database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
      this.#leftovers = Number(done?.["busy"]) !== 0;
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  #apply(fact: MessageFact, nowMs: number): void {
    const rows = this.find(fact.about.id, fact.about.fromMe);
    switch (fact.kind) {
      case "body":
        return this.#applyBody(fact, rows, nowMs);
      case "edit":
        return this.#applyEdit(fact, rows, nowMs);
      case "erase":
        return this.#applyErase(fact, rows, nowMs);
    }
  }

  #applyBody(
    fact: MessageFact & { kind: "body" },
    rows: readonly MessageRow[],
    nowMs: number,
  ): void {
    const { about, atMs, expiresAtMs, origin } = fact;
    const row =
      rows.find((candidate) => matchRow(candidate, about) === "same") ??
      // An own revoke or edit that came first, under the other form of the same chat.
      rows.find(
        (candidate) => about.fromMe && !candidate.body && matchRow(candidate, about) === "unknown",
      );
    if (row?.erased || expiresAtMs <= nowMs || this.isChatErased(about.chat, atMs)) return;
    if (row === undefined) {
      const pk = this.#insert(about, atMs, expiresAtMs);
      this.#fill(pk, fact);
      return;
    }
    if (row.body === undefined) {
      this.#fill(row.pk, fact);
      return;
    }
    // The first body stays: what was sent under an id does not change because the id comes again.
    if (originRank(origin) > originRank(row.origin)) {
      this.#sql("UPDATE message SET origin = ? WHERE pk = ?").run(originRank(origin), row.pk);
    }
    if (row.chat.alt === undefined) this.#learnAlt(row, about.chat);
  }

  #applyEdit(
    fact: MessageFact & { kind: "edit" },
    rows: readonly MessageRow[],
    nowMs: number,
  ): void {
    const { about, atMs, body } = fact;
    const known = this.#amended(rows, about);
    // Somebody else's edit is kept only for a message that is kept.
    if (known.length === 0 && !about.fromMe) return;
    const since = Math.min(atMs, nowMs);
    const pks =
      known.length > 0
        ? known.filter((row) => !row.erased).map((row) => row.pk)
        : [this.#insert(about, since, since + this.#retention.maxAgeMs)];
    for (const pk of pks) {
      // The bytes settle a tie, so that the order of arrival does not.
      this.#sql(
        `UPDATE message SET edit_ts = ?, edit_body = ? WHERE pk = ?
         AND (edit_ts IS NULL OR edit_ts < ? OR (edit_ts = ? AND edit_body < ?))`,
      ).run(atMs, body, pk, atMs, atMs, body);
    }
  }

  #applyErase(
    { about, atMs }: MessageFact & { kind: "erase" },
    rows: readonly MessageRow[],
    nowMs: number,
  ): void {
    // No copy of the message can still be alive after this, so the mark need not be kept longer.
    const forgetAtMs = nowMs + LONGEST_AGE_MS;
    this.#leftovers = true;
    const known = this.#amended(rows, about);
    const pks =
      known.length > 0
        ? known.map((row) => row.pk)
        : [this.#insert(about, Math.min(atMs, nowMs), forgetAtMs)];
    for (const pk of pks) {
      this.#sql(
        `UPDATE message SET flags = 1, body = NULL, edit_body = NULL, edit_ts = NULL, key_ext = NULL,
           expires_at = max(expires_at, ?) WHERE pk = ? AND flags = 0`,
      ).run(forgetAtMs, pk);
    }
  }

  /** The rows an edit or a revoke reaches. Our own also reaches the chat's other form when nothing links them. */
  #amended(rows: readonly MessageRow[], about: MessageIdentity): readonly MessageRow[] {
    return rows.filter((row) => {
      const match = matchRow(row, about);
      return match === "same" || (match === "unknown" && about.fromMe);
    });
  }

  #insert(
    { id, fromMe, chat, sender }: MessageIdentity,
    atMs: number,
    expiresAtMs: number,
  ): number {
    const inserted = this.#sql(
      `INSERT INTO message(acct, id, from_me, chat, chat_alt, sender, sender_alt, ts, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING pk`,
    ).get(
      this.#account,
      id,
      Number(fromMe),
      chat.jid,
      chat.alt ?? null,
      sender?.jid ?? "",
      sender?.alt ?? null,
      atMs,
      expiresAtMs,
    );
    return Number(inserted?.["pk"]);
  }

  #fill(pk: number, fact: MessageFact & { kind: "body" }): void {
    const { atMs, expiresAtMs, origin, keyJson, body } = fact;
    this.#sql(
      "UPDATE message SET ts = ?, expires_at = ?, origin = ?, key_ext = ?, body = ? WHERE pk = ?",
    ).run(atMs, expiresAtMs, originRank(origin), keyJson, body, pk);
  }

  #learnAlt(row: MessageRow, chat: Address): void {
    const alt = row.chat.jid === chat.jid ? chat.alt : chat.jid;
    if (alt === undefined) return;
    this.#sql("UPDATE message SET chat_alt = ? WHERE pk = ?").run(alt, row.pk);
  }

  #eraseChat(chat: string, nowMs: number): void {
    this.#leftovers = true;
    this.#sql(
      `INSERT INTO erased_chat(acct, chat, before_ms, expires_at) VALUES (?, ?, ?, ?)
       ON CONFLICT(acct, chat) DO UPDATE SET before_ms = excluded.before_ms, expires_at = excluded.expires_at
       WHERE excluded.before_ms > before_ms`,
    ).run(this.#account, chat, nowMs, nowMs + LONGEST_AGE_MS);
    this.#sql(
      `UPDATE message SET expires_at = ? WHERE acct = ? AND (chat = ? OR chat_alt = ?)
       AND flags = 0 AND ts <= ? AND expires_at > ?`,
    ).run(nowMs, this.#account, chat, chat, nowMs, nowMs);
  }

  /** Deletes others' messages first, then the oldest own, until both bounds hold or `maxRows` are gone. */
  #enforceBounds(maxRows: number): number {
    const { maxMessages, maxBytes } = this.#retention;
    const held = this.#sql("SELECT messages, bytes FROM account WHERE acct = ?").get(this.#account);
    let messages = Number(held?.["messages"]);
    let bytes = Number(held?.["bytes"]);
    if ((messages <= maxMessages && bytes <= maxBytes) || maxRows <= 0) return 0;
    const oldest = this.#sql(
      `SELECT pk, ifnull(length(body), 0) + ifnull(length(edit_body), 0) AS bytes
       FROM message WHERE acct = ? ORDER BY from_me, ts, pk LIMIT ?`,
    ).all(this.#account, maxRows);
    let deleted = 0;
    for (const row of oldest) {
      if (messages <= maxMessages && bytes <= maxBytes) break;
      this.#sql("DELETE FROM message WHERE pk = ?").run(Number(row["pk"]));
      messages -= 1;
      bytes -= Number(row["bytes"]);
      deleted += 1;
    }
    return deleted;
  }

  #openAccount(name: string): number {
    const acct = openAccount(this.#database, name);
    const row = this.#sql("SELECT max_age_ms FROM account WHERE acct = ?").get(acct);
    const { maxAgeMs } = this.#retention;
    if (Number(row?.["max_age_ms"]) > maxAgeMs) {
      // A shorter life holds for what is already here; a longer one would break the promise made at writing.
      this.#sql(
        "UPDATE message SET expires_at = ts + ? WHERE acct = ? AND flags = 0 AND expires_at > ts + ?",
      ).run(maxAgeMs, acct, maxAgeMs);
    }
    this.#sql("UPDATE account SET max_age_ms = ? WHERE acct = ? AND max_age_ms <> ?").run(
      maxAgeMs,
      acct,
      maxAgeMs,
    );
    return acct;
  }

  #count(sql: string, ...parameters: (number | string)[]): number {
    return Number(this.#sql(sql).run(...parameters).changes);
  }
}
