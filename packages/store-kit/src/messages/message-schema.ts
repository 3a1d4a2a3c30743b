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
    `
    ALTER TABLE message ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN status INTEGER NOT NULL DEFAULT 0;
    -- Who says that the message is revoked, and may only if an admin: JSON, a list of addresses.
    ALTER TABLE message ADD COLUMN claims TEXT;
    -- Whose word about a message that has not come this row is.
    ALTER TABLE message ADD COLUMN waiting TEXT;
    CREATE INDEX message_chat ON message(acct, chat, ts, pk);
    CREATE INDEX message_chat_alt ON message(acct, chat_alt, ts, pk) WHERE chat_alt IS NOT NULL;
    CREATE INDEX message_claimed ON message(acct, pk) WHERE claims IS NOT NULL;
    CREATE INDEX message_waiting ON message(acct, waiting, expires_at) WHERE waiting IS NOT NULL;

    -- 0 while rows of the chat are still to be deleted.
    ALTER TABLE erased_chat ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;

    -- The lives that the rows were last written for: a shorter one must shorten them.
    CREATE TABLE message_life(
      acct INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      max_age_ms INTEGER NOT NULL,
      PRIMARY KEY(acct, kind)
    ) WITHOUT ROWID;
    INSERT INTO message_life(acct, kind, max_age_ms)
      SELECT acct, 0, max_age_ms FROM account WHERE max_age_ms > 0;
    `,
    `
    -- Whoever writes rows counts them, once per transaction: a trigger costs each of them a tenth of what writing it
    -- does. A process of an older release does not, until it ends: a sweep counts what it wrote.
    ALTER TABLE message ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
    UPDATE message SET counted = 1;
    CREATE INDEX message_uncounted ON message(acct) WHERE counted = 0;
    DROP TRIGGER message_added;
    DROP TRIGGER message_removed;
    DROP TRIGGER message_resized;
    CREATE TRIGGER message_removed AFTER DELETE ON message WHEN old.counted = 1 BEGIN
      UPDATE account SET messages = messages - 1,
        bytes = bytes - ifnull(length(old.body), 0) - ifnull(length(old.edit_body), 0)
        WHERE acct = old.acct;
    END;
    CREATE TRIGGER message_resized AFTER UPDATE OF body, edit_body ON message WHEN new.counted = 1 BEGIN
      UPDATE account SET bytes = bytes
        + ifnull(length(new.body), 0) + ifnull(length(new.edit_body), 0)
        - ifnull(length(old.body), 0) - ifnull(length(old.edit_body), 0)
        WHERE acct = new.acct;
    END;
    `,
  ],
};
