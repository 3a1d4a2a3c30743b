import type { ServerContext } from "../context.ts";
import type { Connection } from "../connection/connection.ts";
import type { MessageFate } from "../phone/outbox.ts";
import { attr } from "../wire/binary-node.ts";

/** A message the server has taken from a client. */
export interface AcceptedMessage {
  readonly id: string;
  /** The chat, as the client wrote it. */
  readonly to: string;
}

/** What went over the wire while there was chaos. */
export interface TrafficRecord {
  /** What came of the messages that people sent since. */
  readonly sent: readonly MessageFate[];
  readonly accepted: readonly AcceptedMessage[];
  /** Ids of messages that clients sent on connections that are still there, and that got no ack. */
  readonly unacked: readonly string[];
  /** Chats that clients wrote to. */
  readonly recipients: readonly string[];
  /** The most requests one connection made in one second of real time. */
  readonly busiestSecond: number;
  readonly maxRequestsPerSecond: number;
}

interface OpenMessage extends AcceptedMessage {
  readonly connection: Connection;
}

const SECOND_MS = 1_000;

/** Watches stanzas on their way. Made before the faults, it sees what the server meant to send and clients really sent. */
export class TrafficWatch implements TrafficRecord, Disposable {
  readonly maxRequestsPerSecond: number;
  busiestSecond = 0;
  readonly #sentBefore: ReadonlySet<string>;
  readonly #context: ServerContext;
  readonly #open = new Map<string, OpenMessage>();
  readonly #accepted = new Map<string, AcceptedMessage>();
  readonly #requests = new WeakMap<Connection, number[]>();
  readonly #steps: Disposable[] = [];

  constructor(context: ServerContext, maxRequestsPerSecond: number) {
    this.#context = context;
    this.maxRequestsPerSecond = maxRequestsPerSecond;
    this.#sentBefore = new Set(this.#fates().map(({ id }) => id));
    const { stanzaIn, stanzaOut } = context.passages;
    this.#steps.push(
      stanzaIn.add((subject, pass) => {
        const { connection, stanza } = subject;
        if (stanza.tag === "iq") this.#countRequest(connection);
        pass(subject);
      }),
      stanzaOut.add((subject, pass) => {
        const { stanza } = subject;
        if (stanza.tag === "ack" && attr(stanza, "class") === "message") {
          const message = this.#open.get(attr(stanza, "id") ?? "");
          if (message !== undefined) this.#settle(message, attr(stanza, "error") !== undefined);
        }
        pass(subject);
      }),
    );
  }

  /** From now on watches behind the faults too: a message that a fault swallowed was never sent. */
  watchArrivals(): void {
    this.#steps.push(
      this.#context.passages.stanzaIn.add((subject, pass) => {
        const { connection, stanza } = subject;
        const { id, to, category } = stanza.attrs;
        const written = stanza.tag === "message" && category !== "peer";
        if (written && id !== undefined && to !== undefined) {
          this.#open.set(id, { id, to, connection });
        }
        pass(subject);
      }),
    );
  }

  get sent(): readonly MessageFate[] {
    return this.#fates().filter(({ id }) => !this.#sentBefore.has(id));
  }

  get accepted(): readonly AcceptedMessage[] {
    return [...this.#accepted.values()];
  }

  get unacked(): readonly string[] {
    return [...this.#open.values()]
      .filter(({ connection }) => connection.state !== "closed")
      .map(({ id }) => id);
  }

  get recipients(): readonly string[] {
    return [...new Set(this.accepted.map(({ to }) => to))];
  }

  [Symbol.dispose](): void {
    for (const step of this.#steps.splice(0)) step[Symbol.dispose]();
  }

  #fates(): readonly MessageFate[] {
    return this.#context.people.devices.flatMap(({ outbox }) => outbox.fates);
  }

  #settle({ id, to }: AcceptedMessage, refused: boolean): void {
    this.#open.delete(id);
    if (!refused) this.#accepted.set(id, { id, to });
  }

  #countRequest(connection: Connection): void {
    // Real time: a test may have stopped the server's clock, and a client that hammers does it in real time.
    const now = this.#context.realClock.monotonic();
    const recent = (this.#requests.get(connection) ?? []).filter((at) => now - at < SECOND_MS);
    recent.push(now);
    this.#requests.set(connection, recent);
    this.busiestSecond = Math.max(this.busiestSecond, recent.length);
  }
}
