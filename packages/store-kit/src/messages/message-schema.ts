import type { SchemaPart } from "../sqlite/schema-part.ts";

/** Messages, and the chats that were deleted. */
export const messageSchema: SchemaPart = {
  name: "message",
  upgrades: [
    `
    CREATE TABLE message(
      pk INTEGER PRIMARY KEY,
      acct INTEGER NOT NULL,
      id TEXT NOT NULL,
      from_me INTEGER NOT NULL,
      chat TEXT NOT NULL,
      chat_alt TEXT,
      sender TEXT NOT NULL DEFAULT '',
      sender_alt TEXT,
      origin INTEGER NOT NULL DEFAULT 0,
      ts INTEGER NOT NULL,
      flags INTEGER NOT NULL DEFAULT 0,
      expires_at INTEGER NOT NULL,
      key_ext TEXT,
      body BLOB,
      edit_ts INTEGER,
      edit_body BLOB
    );
    CREATE UNIQUE INDEX message_key ON message(acct, id, from_me, chat, sender);
    CREATE INDEX message_expiry ON message(acct, expires_at);
    CREATE INDEX message_age ON message(acct, from_me, ts, pk);

    -- What was sent to a deleted chat before this moment may not come back by being delivered again.
    CREATE TABLE erased_chat(
      acct INTEGER NOT NULL,
      chat TEXT NOT NULL,
      before_ms INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY(acct, chat)
    ) WITHOUT ROWID;

    -- The bounds on count and bytes would otherwise cost a scan per write.
    CREATE TRIGGER message_added AFTER INSERT ON message BEGIN
      UPDATE account SET messages = messages + 1,
        bytes = bytes + ifnull(length(new.body), 0) + ifnull(length(new.edit_body), 0)
        WHERE acct = new.acct;
    END;
    CREATE TRIGGER message_removed AFTER DELETE ON message BEGIN
      UPDATE account SET messages = messages - 1,
        bytes = bytes - ifnull(length(old.body), 0) - ifnull(length(old.edit_body), 0)
        WHERE acct = old.acct;
    END;
    CREATE TRIGGER message_resized AFTER UPDATE OF body, edit_body ON message BEGIN
      UPDATE account SET bytes = bytes
        + ifnull(length(new.body), 0) + ifnull(length(new.edit_body), 0)
        - ifnull(length(old.body), 0) - ifnull(length(old.edit_body), 0)
        WHERE acct = new.acct;
    END;
    `,
  ],
};
