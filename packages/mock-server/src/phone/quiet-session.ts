import { SessionCipher, SessionRecord } from "libsignal";

/** The part of a libsignal session entry that is read here; its typings leave it out. */
interface SessionEntry {
  readonly indexInfo: { readonly baseKey: Buffer; closed: number };
}

/** A session record as libsignal stores it. */
export type StoredSession = ReturnType<SessionRecord["serialize"]>;

const OPEN = -1;
const MAX_SESSIONS = 40;

/**
 * A session record that keeps its own counsel.
 *
 * libsignal 6.0.0 writes whole sessions, key material included, to `console` whenever one is closed. The console
 * belongs to the program under test, so these methods do the same work without a word.
 */
export class QuietSessionRecord extends SessionRecord {
  /** The record in what `serialize` returned. */
  static restore(stored: StoredSession): QuietSessionRecord {
    const record = QuietSessionRecord.deserialize(stored);
    // libsignal makes the class it is called on; its typings say the base class.
    if (record instanceof QuietSessionRecord) return record;
    throw new TypeError("libsignal restored a session record of another class");
  }

  declare sessions: Record<string, SessionEntry>;
  /** Set while a pre-key message is read: libsignal would announce that it closes the open session for the new one. */
  replacing = false;

  getOpenSession(): SessionEntry | undefined {
    return this.replacing ? undefined : this.#all().find((each) => each.indexInfo.closed === OPEN);
  }

  /** Most useful first: the open session, then the newest. */
  getSessions(): SessionEntry[] {
    const newestFirst = this.#all().toReversed();
    const open = newestFirst.filter((each) => each.indexInfo.closed === OPEN);
    return [...open, ...newestFirst.filter((each) => each.indexInfo.closed !== OPEN)];
  }

  setSession(session: SessionEntry): void {
    for (const each of this.#all()) this.closeSession(each);
    this.sessions[session.indexInfo.baseKey.toString("base64")] = session;
  }

  closeSession(session: SessionEntry): void {
    session.indexInfo.closed = 0;
  }

  removeOldSessions(): void {
    for (const key of Object.keys(this.sessions).slice(0, -MAX_SESSIONS)) delete this.sessions[key];
  }

  #all(): SessionEntry[] {
    return Object.values(this.sessions);
  }
}

/** A cipher that reports a message it cannot read by throwing, and not on the console as well. */
export class QuietSessionCipher extends SessionCipher {
  declare getRecord: () => Promise<QuietSessionRecord>;
  declare storeRecord: (record: QuietSessionRecord) => Promise<void>;
  declare doDecryptWhisperMessage: (message: Buffer, session: SessionEntry) => Promise<Buffer>;

  override async decryptWhisperMessage(message: Buffer): Promise<Buffer> {
    const errors: unknown[] = [];
    // libsignal changes a session before it has checked the message, so each try starts from the stored record.
    const count = (await this.getRecord()).getSessions().length;
    for (let index = 0; index < count; index++) {
      const record = await this.getRecord();
      const session = record.getSessions()[index];
      if (session === undefined) break;
      try {
        const plaintext = await this.doDecryptWhisperMessage(message, session);
        await this.storeRecord(record);
        return plaintext;
      } catch (error) {
        errors.push(error);
      }
    }
    throw new AggregateError(errors, `None of ${count} Signal sessions reads the message`);
  }
}
