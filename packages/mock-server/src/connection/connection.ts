import { hasCode } from "@motte/core/errors";
import type { Clock } from "@motte/core/clock";
import type { Logger } from "@motte/core/logger";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { HELD_BACK, type Recording } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import type { Transport } from "../http/listener.ts";
import type { Limits } from "../limits.ts";
import type { OutgoingLint } from "../lints/outgoing-lint.ts";
import type { Passages } from "../passages/passages.ts";
import { streamError } from "../replies.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import { WireError } from "../wire/errors.ts";
import { type NodeBounds, decodeNode, encodeFlawed, encodeNode } from "../wire/node-codec.ts";
import type { NoiseHandshakeResult, NoiseResponder } from "../wire/noise/responder.ts";
import { PendingRequests } from "./pending-requests.ts";
import { OutgoingTurn } from "./outgoing-turn.ts";
import { SecureChannel } from "./secure-channel.ts";
import type { NoisePattern } from "../wire/noise/symmetric-state.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";

/** Where a connection stands: before Noise is done, waiting to be paired, logged in, or gone. */
export type ConnectionState = "handshake" | "pairing" | "open" | "closed";

/** What is to be done about a stanza, and what the journal says of it. */
export interface Routed {
  readonly note?: string;
  run(): void | Promise<void>;
}

/** What a connection does with what arrives. */
export interface ConnectionListener {
  onHandshake(result: NoiseHandshakeResult): void | Promise<void>;
  route(stanza: BinaryNode): Routed;
  onClosed(): void;
}

export interface ConnectionParts {
  readonly id: string;
  readonly socket: WebSocket;
  readonly transport: Transport;
  readonly passages: Passages;
  readonly journal: Journal;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly responder: NoiseResponder;
  readonly limits: Limits;
  readonly lint: OutgoingLint;
}

const CLOSE_PROTOCOL_ERROR = 1002;
const CLOSE_TOO_LARGE = 1009;
const CLOSE_SERVER_ERROR = 1011;

/** More messages than this wait in the socket, not in memory. */
const MAX_UNREAD_MESSAGES = 256;
// A stanza is sent compressed when that is shorter; nobody has a reason to make it this much shorter.
const MAX_INFLATION = 4;

/**
 * One WebSocket: bytes to frames, Noise, frames to stanzas, and back.
 *
 * Stanzas are handled one at a time, in order. Bytes that make no sense end this connection and nothing else.
 */
export class Connection {
  readonly id: string;
  state: ConnectionState = "handshake";
  /** Who is logged in on it. Stays when the connection has ended. */
  companion: Companion | undefined;
  /** Whose device the client says it is, from its handshake on. */
  account: Account | undefined;
  readonly #socket: WebSocket;
  readonly #tcp: Socket;
  readonly #turn: OutgoingTurn;
  readonly #passages: Passages;
  readonly #journal: Journal;
  readonly #logger: Logger;
  readonly #lint: OutgoingLint;
  readonly #limits: Limits;
  readonly #bounds: NodeBounds;
  readonly #channel: SecureChannel;
  readonly #handshakeTimer: Disposable;
  readonly #requests: PendingRequests = new PendingRequests();
  readonly #endListeners = new Set<() => void>();
  #muted = false;
  #unread = 0;
  #listener: ConnectionListener | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: ConnectionParts) {
    this.id = parts.id;
    this.#socket = parts.socket;
    this.#tcp = parts.transport.tcp;
    this.#turn = new OutgoingTurn(parts.transport.stream);
    this.#passages = parts.passages;
    this.#journal = parts.journal;
    this.#logger = parts.logger;
    this.#lint = parts.lint;
    this.#limits = parts.limits;
    const { maxFrameBytes, maxNodes, maxNodeDepth } = parts.limits;
    this.#bounds = { maxNodes, maxNodeDepth, maxInflatedBytes: maxFrameBytes * MAX_INFLATION };
    this.#channel = new SecureChannel({
      connection: this,
      responder: parts.responder,
      maxFrameBytes,
      frameOut: parts.passages.frameOut,
      send: (bytes) => this.sendBytes(bytes),
      onHandshakeFrame: (direction, bytes) =>
        this.#journal.recordEvent({ type: "handshake", connection: this.id, direction, bytes }),
    });
    this.#handshakeTimer = parts.clock.after(parts.limits.handshakeMs, () =>
      this.#fail(new WireError("WIRE_HANDSHAKE_TIMEOUT", "The client did not finish in time")),
    );
  }

  /** How the handshake went, once it is done. */
  get handshake(): NoisePattern | undefined {
    return this.#channel.pattern;
  }

  /** What the client was told by an earlier connection, and sent in front of this one. */
  get routingInfo(): Buffer | undefined {
    return this.#channel.routingInfo;
  }

  /** Starts to read. */
  listen(listener: ConnectionListener): void {
    this.#listener = listener;
    this.#socket.on("message", (data: Buffer, isBinary: boolean) => {
      this.#onUnread(1);
      this.#work = this.#work
        .then(() => this.#onMessage(data, isBinary))
        .catch((error) => this.#fail(error))
        .finally(() => this.#onUnread(-1));
    });
    // "close" follows, and that is where it is dealt with; but what the client did wrong is known only here.
    this.#socket.on("error", (error) => this.#onSocketError(error));
    this.#socket.on("close", () => this.#onClosed());
  }

  /**
   * Sends a stanza. Does nothing once the connection is closed or about to be. Throws `MOCK_BAD_STANZA` for one
   * that some client could not take, if the server's `lint` says so.
   */
  send(stanza: BinaryNode): void {
    if (this.state === "closed" || this.#muted || !this.#channel.established) return;
    const plaintext = encodeNode(stanza);
    const { note, error } = this.#lint(stanza);
    if (error !== undefined || this.#passages.stanzaOut.free) {
      this.#record("out", stanza, { plaintext, note });
      if (error !== undefined) throw error;
      return this.#write(plaintext);
    }
    let passed = false;
    this.#passages.stanzaOut.enter({ connection: this, stanza }, (changed) => {
      passed = true;
      this.sendAsItIs(changed.stanza, note);
    });
    if (!passed) this.#record("out", stanza, { plaintext, note: HELD_BACK });
  }

  /** Sends a stanza that nobody looks at: no lint, no script, no fault for stanzas. Like `send` otherwise. */
  sendAsItIs(stanza: BinaryNode, note?: string): void {
    if (this.state === "closed" || this.#muted || !this.#channel.established) return;
    const plaintext = encodeFlawed(stanza);
    this.#record("out", stanza, { plaintext, note });
    this.#write(plaintext);
  }

  /** Takes a stanza as if the client had sent it. */
  async receiveAsIfSent(stanza: BinaryNode): Promise<void> {
    await this.#handle(stanza);
  }

  /** Sends a request and resolves with the client's `result` or `error`. Rejects when the connection ends first. */
  async request(iq: BinaryNode): Promise<BinaryNode> {
    this.send(iq);
    return this.#requests.add(iq);
  }

  /** Says goodbye and reads nothing more. */
  close(code?: number): void {
    this.#socket.close(code);
    this.#onClosed();
  }

  /** Hears and says nothing more, without an end. */
  mute(): void {
    this.#muted = true;
    this.#handshakeTimer[Symbol.dispose]();
  }

  /** Behaves as if it had ended, while the client still has it. */
  forget(): void {
    this.mute();
    this.#onClosed();
  }

  /** Calls `listener` once the connection has ended, at once if it has. */
  onEnd(listener: () => void): Disposable {
    if (this.state === "closed") listener();
    else this.#endListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#endListeners.delete(listener) };
  }

  /** Ends the TCP connection without a goodbye, as a lost network does. */
  cut(): void {
    this.#turn.end();
    this.#socket.terminate();
    this.#onClosed();
  }

  /** Ends the TCP connection with RST, as a crashed machine or a middlebox does. */
  reset(): void {
    this.#turn.end();
    this.#tcp.resetAndDestroy();
    this.#onClosed();
  }

  /** Puts bytes on the WebSocket that are no frame of ours. */
  sendBytes(bytes: Uint8Array): void {
    if (this.state === "closed" || this.#muted) return;
    this.#turn.begin();
    this.#socket.send(bytes);
  }

  /** Sends a stream error and closes. */
  streamError(code?: string, child?: BinaryNode): void {
    this.send(streamError(code, child));
    this.close();
  }

  async #onMessage(data: Buffer, isBinary: boolean): Promise<void> {
    if (this.#muted) return;
    if (!isBinary) throw new WireError("WIRE_BAD_FRAME", "Frames are binary, not text");
    const { frameIn } = this.#passages;
    if (frameIn.free) return this.#receive(data);
    // What passes later joins the queue; what passes now is awaited in its place.
    let now: Promise<void> = Promise.resolve();
    let entering = true;
    frameIn.enter(
      { connection: this, bytes: data, handshake: !this.#channel.established },
      ({ bytes }) => {
        if (entering) now = now.then(() => this.#receive(bytes));
        else this.#queue(() => this.#receive(bytes));
      },
    );
    entering = false;
    await now;
  }

  async #receive(data: Uint8Array): Promise<void> {
    if (this.#muted) return;
    for (const opened of this.#channel.open(data)) {
      if (this.state === "closed") return;
      if (opened instanceof Uint8Array) await this.#onStanza(opened);
      else await this.#onHandshake(opened);
    }
  }

  #write(plaintext: Buffer): void {
    const { encodedOut } = this.#passages;
    if (encodedOut.free) return this.#seal(plaintext);
    encodedOut.enter({ connection: this, bytes: plaintext }, ({ bytes }) => this.#seal(bytes));
  }

  #seal(plaintext: Buffer): void {
    // A step may pass on what it held back when there is nobody left to send it to.
    if (this.state === "closed") return;
    this.#channel.seal(plaintext);
    const { maxUnsentBytes } = this.#limits;
    if (this.#socket.bufferedAmount > maxUnsentBytes) this.#turn.end();
    if (this.#socket.bufferedAmount > maxUnsentBytes) {
      this.#fail(new WireError("WIRE_TOO_MUCH_UNSENT", "The client does not read what it is sent"));
    }
  }

  async #onHandshake(result: NoiseHandshakeResult): Promise<void> {
    this.#handshakeTimer[Symbol.dispose]();
    this.#journal.recordEvent({ type: "secured", connection: this.id, pattern: result.pattern });
    await this.#listener?.onHandshake(result);
  }

  async #onStanza(plaintext: Buffer): Promise<void> {
    const stanza = decodeNode(plaintext, this.#bounds);
    const { stanzaIn } = this.#passages;
    if (stanzaIn.free) return this.#handle(stanza, plaintext);
    let now: Promise<void> = Promise.resolve();
    let entering = true;
    let passed = false;
    stanzaIn.enter({ connection: this, stanza }, (changed) => {
      passed = true;
      const handle = (): Promise<void> =>
        this.#handle(changed.stanza, changed.stanza === stanza ? plaintext : undefined);
      if (entering) now = now.then(handle);
      else this.#queue(handle);
    });
    entering = false;
    if (!passed) this.#record("in", stanza, { plaintext, note: HELD_BACK });
    await now;
  }

  async #handle(stanza: BinaryNode, plaintext?: Buffer): Promise<void> {
    if (this.#requests.settle(stanza)) return this.#record("in", stanza, { plaintext });
    const routed = this.#listener?.route(stanza);
    this.#record("in", stanza, { plaintext, note: routed?.note });
    await routed?.run();
  }

  #queue(work: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.state === "closed" ? undefined : work()))
      .catch((error) => this.#fail(error));
  }

  #onUnread(change: number): void {
    this.#unread += change;
    const full = this.#unread >= MAX_UNREAD_MESSAGES;
    if (full && !this.#socket.isPaused) this.#socket.pause();
    else if (!full && this.#socket.isPaused) this.#socket.resume();
  }

  /** `ws` refuses a message by itself, and closes with the fitting code. */
  #onSocketError(error: Error): void {
    this.#logger.debug({ err: error }, "socket error");
    if (this.state === "closed" || !("code" in error)) return;
    if (hasCode(error, "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH")) {
      this.#recordFailure("WIRE_FRAME_TOO_LARGE");
    } else if (String(error.code).startsWith("WS_ERR_")) {
      this.#recordFailure("WIRE_BAD_FRAME");
    }
  }

  #recordFailure(note: string): void {
    this.#record("in", { tag: "(unreadable)", attrs: {} }, { note });
  }

  #record(
    direction: "in" | "out",
    stanza: BinaryNode,
    { plaintext, note }: Pick<Recording, "plaintext" | "note">,
  ): void {
    this.#journal.record({ direction, origin: this, stanza, plaintext, note });
  }

  #fail(error: unknown): void {
    if (this.state === "closed") return;
    this.#recordFailure(error instanceof WireError ? error.code : "SERVER_ERROR");
    if (hasCode(error, "WIRE_TOO_MUCH_UNSENT")) {
      // A goodbye would only join the queue.
      this.cut();
    } else if (error instanceof WireError) {
      const tooLarge = error.code === "WIRE_FRAME_TOO_LARGE";
      this.close(tooLarge ? CLOSE_TOO_LARGE : CLOSE_PROTOCOL_ERROR);
    } else {
      this.#logger.error({ err: error }, "a stanza handler failed");
      this.close(CLOSE_SERVER_ERROR);
    }
  }

  #onClosed(): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.#journal.recordEvent({ type: "closed", connection: this.id });
    this.#handshakeTimer[Symbol.dispose]();
    this.#requests.end();
    this.#listener?.onClosed();
    for (const listener of this.#endListeners) listener();
    this.#endListeners.clear();
  }
}
