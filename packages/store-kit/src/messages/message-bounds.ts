import type { Statements } from "../sqlite/statements.ts";
import { kindNumber } from "./message-record.ts";
import { MESSAGE_KINDS } from "./message-kind.ts";
import type { Retention } from "./retention.ts";

/** Keeps one account's messages within their lives and bounds. */
export class MessageBounds {
  readonly #sql: Statements;
  readonly #account: number;
  readonly #retention: Retention;

  constructor(sql: Statements, account: number, retention: Retention) {
    this.#sql = sql;
    this.#account = account;
    this.#retention = retention;
  }

  /** Deletes others' messages first, then the oldest own, until both bounds hold or `maxRows` are gone. */
  enforce(maxRows: number): number {
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

  /** Counts what a process of an older release wrote, which does not. */
  countOlder(): void {
    const uncounted = this.#sql(
      `SELECT count(*) AS messages, sum(ifnull(length(body), 0) + ifnull(length(edit_body), 0)) AS bytes
       FROM message WHERE acct = ? AND counted = 0`,
    ).get(this.#account);
    if (Number(uncounted?.["messages"]) === 0) return;
    this.added(Number(uncounted?.["messages"]), Number(uncounted?.["bytes"]));
    this.#sql("UPDATE message SET counted = 1 WHERE acct = ? AND counted = 0").run(this.#account);
  }

  /** Counts rows that were written: the bounds would otherwise cost a scan per write. */
  added(messages: number, bytes: number): void {
    this.#sql("UPDATE account SET messages = messages + ?, bytes = bytes + ? WHERE acct = ?").run(
      messages,
      bytes,
      this.#account,
    );
  }

  /** Deletes the oldest messages of a chat that has more than it may. */
  trimChat(chat: string): void {
    const { maxMessages, maxPerChat } = this.#retention;
    if (maxPerChat >= maxMessages) return;
    this.#sql(
      `DELETE FROM message WHERE pk IN (
         SELECT pk FROM message WHERE acct = ? AND chat = ? ORDER BY ts DESC, pk DESC LIMIT -1 OFFSET ?)`,
    ).run(this.#account, chat, maxPerChat);
  }

  /** A shorter life holds for what is already here; a longer one would break the promise made at writing. */
  applyLives(): void {
    const lived = this.#sql("SELECT max_age_ms FROM message_life WHERE acct = ? AND kind = ?");
    for (const kind of MESSAGE_KINDS) {
      const number = kindNumber(kind);
      const maxAgeMs = this.#retention.maxAgeMs[kind];
      const before = lived.get(this.#account, number)?.["max_age_ms"];
      if (before === maxAgeMs) continue;
      if (Number(before ?? 0) > maxAgeMs) {
        this.#sql(
          `UPDATE message SET expires_at = ts + ?
           WHERE acct = ? AND kind = ? AND flags = 0 AND body IS NOT NULL AND expires_at > ts + ?`,
        ).run(maxAgeMs, this.#account, number, maxAgeMs);
      }
      this.#sql(
        `INSERT INTO message_life(acct, kind, max_age_ms) VALUES (?, ?, ?)
         ON CONFLICT(acct, kind) DO UPDATE SET max_age_ms = excluded.max_age_ms`,
      ).run(this.#account, number, maxAgeMs);
    }
  }
}
