import type { BaileysEventMap, SignalKeyStore, WASocket } from "@whiskeysockets/baileys";
import { StoreKitError } from "../errors.ts";
import type { InstrumentedSocket } from "../messages/instrument-sends.ts";
import type { StoreParts } from "./store-parts.ts";

/** Where flushes come from: `sock.ev`, or a supervisor's `ev`, which outlives sockets. */
export interface BindableEvents {
  process(handler: (events: Partial<BaileysEventMap>) => void): () => void;
  flush?(): boolean;
}

/** What is used of a socket, as far as it is there. Every `WASocket` is one. */
export interface BindableSocket {
  readonly ev: BindableEvents;
  readonly user?: WASocket["user"];
  readonly authState?: { readonly keys: Pick<SignalKeyStore, "get"> };
  readonly signalRepository?: {
    readonly lidMapping: { getLIDForPN(pn: string): Promise<string | null> };
  };
  readonly groupMetadata?: WASocket["groupMetadata"];
  readonly fetchBlocklist?: WASocket["fetchBlocklist"];
  readonly sendMessage?: WASocket["sendMessage"];
  readonly relayMessage?: WASocket["relayMessage"];
  readonly registerSocketEndHandler?: WASocket["registerSocketEndHandler"];
}

export interface SocketLinkOptions {
  readonly parts: StoreParts;
  readonly report: (error: unknown) => void;
  /** Resolves when what was told so far is stored, or there is no more time for it. */
  readonly settle: () => Promise<void>;
  readonly onEnd: (link: SocketLink) => void;
}

/** What the stores take from one socket beside its events, until it ends. */
export class SocketLink implements Disposable {
  readonly sock: BindableSocket;
  /** Baileys calls us before it throws away what it still buffers. */
  readonly hearsEnd: boolean;
  readonly #options: SocketLinkOptions;
  readonly #sends: Disposable | undefined;
  #hasBlocklist = false;
  #isOver = false;

  constructor(sock: BindableSocket, options: SocketLinkOptions) {
    this.sock = sock;
    this.#options = options;
    const { identities, groups } = options.parts;
    const { authState, signalRepository, groupMetadata } = sock;
    this.hearsEnd = sock.registerSocketEndHandler !== undefined;
    sock.registerSocketEndHandler?.(() => this.#onEnd());
    this.#sends = this.#instrument();
    this.learnMe();
    if (authState !== undefined || signalRepository !== undefined) {
      identities?.lookUpIn({
        ...(authState && { keys: authState.keys }),
        ...(signalRepository && { lidMapping: signalRepository.lidMapping }),
      });
    }
    if (groupMetadata !== undefined) groups?.fetchWith((jid) => groupMetadata(jid));
  }

  /** Takes our own identity from the socket: a message that comes first must not be taken for somebody else's. */
  learnMe(): void {
    const { user } = this.sock;
    if (user === undefined) return;
    const { identities, messages } = this.#options.parts;
    identities?.setMe(user);
    messages?.ingest({ "creds.update": { me: user } });
  }

  /** Called when the connection is open. */
  opened(): void {
    this.learnMe();
    const { contacts } = this.#options.parts;
    if (this.#hasBlocklist || contacts === undefined) return;
    this.#hasBlocklist = true;
    // Baileys asks for it at every login and throws the answer away (socket.js: init queries).
    this.sock.fetchBlocklist?.().then(
      (jids) => contacts.setBlocked(jids.filter((jid) => jid !== undefined)),
      (cause: unknown) => {
        // A connection that ends in between leaves the question to the next one.
        if (!this.#isOver) this.#options.report(notFetched(cause));
      },
    );
  }

  /** Lets go of the socket. What belongs to the next one by then stays. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sends?.[Symbol.dispose]();
  }

  #instrument(): Disposable | undefined {
    return sends(this.sock) ? this.#options.parts.messages?.instrumentSends(this.sock) : undefined;
  }

  async #onEnd(): Promise<void> {
    try {
      // `end()` destroys the event buffer with all that is in it, after this (socket.js).
      if (!this.#isOver) this.sock.ev.flush?.();
      await this.#options.settle();
    } catch (error) {
      this.#options.report(error);
    } finally {
      this.#options.onEnd(this);
    }
  }
}

function sends(sock: BindableSocket): sock is BindableSocket & InstrumentedSocket {
  return sock.sendMessage !== undefined && sock.relayMessage !== undefined;
}

function notFetched(cause: unknown): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_UNAVAILABLE",
    "The blocklist could not be fetched: see the cause. Who is blocked is as it was known before",
    { cause, retryable: true },
  );
}
