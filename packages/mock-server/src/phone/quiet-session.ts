import { createHmac } from "node:crypto";
import { SessionCipher, SessionRecord } from "libsignal";
import { openWhisperMessage, readWhisperMessage } from "./whisper-message.ts";

/** The part of a libsignal session entry that is read here; its typings leave it out. */
export interface SessionEntry {
  readonly indexInfo: {
    readonly baseKey: Buffer;
    readonly remoteIdentityKey: Buffer;
    closed: number;
  };
  pendingPreKey?: object;
  getChain(ephemeralKey: Buffer): Chain | undefined;
}

/** The message keys that follow from one ephemeral key. */
interface Chain {
  readonly chainType: number;
  readonly messageKeys: Record<number, Buffer>;
  /** What the next message key follows from; a chain that is closed has none. */
  readonly chainKey: { counter: number; key: Buffer | undefined };
}

/** libsignal, chain_type.js. */
const RECEIVING = 2;

const OPEN = -1;
const MAX_SESSIONS = 40;

/**
 * A session record that keeps its own counsel.
 *
 * libsignal 6.0.0 writes whole sessions, key material included, to `console` whenever one is closed. The console
 * belongs to the program under test, so these methods do the same work without a word.
 */
export class QuietSessionRecord extends SessionRecord {
  /** A record libsignal hands back, which it got from here. Its typings say the base class. */
  static own(record: SessionRecord): QuietSessionRecord {
    if (record instanceof QuietSessionRecord) return record;
    throw new TypeError("libsignal made a session record of another class");
  }

  declare sessions: Record<string, SessionEntry>;
  /** Set while a pre-key message is read: libsignal would announce that it closes the open session for the new one. */
  replacing = false;

  /** One that can be changed without changing this. */
  copy(): QuietSessionRecord {
    // libsignal makes the class it is called on.
    return QuietSessionRecord.own(QuietSessionRecord.deserialize(this.serialize()));
  }

  /** The session that the other side started with this key. */
  named(baseKey: Buffer): SessionEntry | undefined {
    return this.sessions[baseKey.toString("base64")];
  }

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

/**
 * Decrypts the message that comes next in a session, as almost all do. The session is moved on only then: for any
 * other message this gives nothing, and nothing has changed.
 */
export function openNext(
  encoded: Buffer,
  session: SessionEntry,
  ownIdentity: Buffer,
): Buffer | undefined {
  const message = readWhisperMessage(encoded);
  const chain = session.getChain(message.ephemeralKey);
  const key = chain?.chainKey.key;
  if (chain?.chainType !== RECEIVING || key === undefined) return undefined;
  const { chainKey } = chain;
  if (message.counter !== chainKey.counter + 1) return undefined;
  const identities = { sender: session.indexInfo.remoteIdentityKey, receiver: ownIdentity };
  const plaintext = openWhisperMessage(message, nextKey(key, MESSAGE_KEY), identities);
  if (plaintext === undefined) return undefined;
  chainKey.key = nextKey(key, CHAIN_KEY);
  chainKey.counter++;
  delete session.pendingPreKey;
  return plaintext;
}

/** libsignal, session_cipher.js: fillMessageKeys. */
const MESSAGE_KEY = Buffer.from([1]);
const CHAIN_KEY = Buffer.from([2]);

function nextKey(chainKey: Buffer, which: Buffer): Buffer {
  return createHmac("sha256", chainKey).update(which).digest();
}

/** The parts of a libsignal cipher that need no waiting. */
export class QuietSessionCipher extends SessionCipher {
  declare maybeStepRatchet: (session: SessionEntry, remoteKey: Buffer, previous: number) => void;
  declare fillMessageKeys: (chain: Chain, counter: number) => void;

  /**
   * Decrypts a message with a session, and moves that on. Throws for one of another session, or one that was read
   * before; the session is of no use then.
   */
  open(encoded: Buffer, session: SessionEntry, ownIdentity: Buffer): Buffer {
    const message = readWhisperMessage(encoded);
    const { ephemeralKey, counter, previousCounter } = message;
    this.maybeStepRatchet(session, ephemeralKey, previousCounter);
    const chain = session.getChain(ephemeralKey);
    if (chain?.chainType !== RECEIVING) throw new Error("A message of our own came back");
    this.fillMessageKeys(chain, counter);
    const messageKey = chain.messageKeys[counter];
    if (messageKey === undefined) throw new Error("The key of this message was used already");
    delete chain.messageKeys[counter];
    const plaintext = openWhisperMessage(message, messageKey, {
      sender: session.indexInfo.remoteIdentityKey,
      receiver: ownIdentity,
    });
    if (plaintext === undefined) throw new Error("Bad MAC");
    // The other side has the session now, and need not be told how to start it.
    delete session.pendingPreKey;
    return plaintext;
  }
}
