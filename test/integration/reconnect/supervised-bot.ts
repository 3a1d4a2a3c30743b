import { type WASocket, makeWASocket } from "@whiskeysockets/baileys";
import type { AuthStateHandle } from "@motte/auth-stores";
import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { Emitter } from "@motte/core/events";
import { silentLogger } from "@motte/core/logger";
import type { MockServer } from "@motte/mock-server";
import {
  type Closed,
  type Flapping,
  type GaveUp,
  type Held,
  type InternalError,
  type Opened,
  type PairingCodeShown,
  type PolicyOptions,
  type QrShown,
  type Retrying,
  type SocketContext,
  type SuperviseOptions,
  type Supervisor,
  constant,
  supervise,
} from "@motte/reconnect";
import type { ClientOptions } from "../faults/watched-client.ts";

/** Delays that are short for a test, and long enough to tell from none. */
export const QUICK: PolicyOptions = { backoff: constant(20) };

/** Longer than anything takes on a machine that does much else at once, and shorter than Baileys' own 60 s. */
const SOCKET_LIMITS = {
  connectTimeoutMs: 30_000,
  keepAliveIntervalMs: 10_000,
  defaultQueryTimeoutMs: 30_000,
} satisfies ClientOptions;

export interface SupervisedBotOptions extends SuperviseOptions {
  /** What the sockets are made with, besides the server and the login. */
  readonly socket?: ClientOptions;
  /** Stands between the supervisor and the making of a socket. */
  readonly factory?: (make: MakeSocket, context: SocketContext) => WASocket | Promise<WASocket>;
}

/** Makes a socket of the bot's, with other options for once. */
type MakeSocket = (options?: ClientOptions) => WASocket;

/** Real Baileys under a supervisor, and everything the supervisor has told. Nothing happens before `start()`. */
export class SupervisedBot implements AsyncDisposable {
  readonly supervisor: Supervisor;
  readonly opens: Opened<WASocket>[] = [];
  readonly closes: Closed[] = [];
  readonly retries: Retrying[] = [];
  readonly holds: Held[] = [];
  readonly gaveUp: GaveUp[] = [];
  readonly qrs: QrShown[] = [];
  readonly flaps: Flapping[] = [];
  readonly codes: PairingCodeShown[] = [];
  readonly internalErrors: InternalError[] = [];
  /** What messages said, in order. */
  readonly texts: string[] = [];
  /** Every socket there was, oldest first. */
  readonly sockets: WASocket[] = [];
  /** When each was made, on the machine's monotonic clock. */
  readonly madeAtMs: number[] = [];
  /** The highest number of sockets that had been made and not closed at any one time. */
  mostSocketsAlive = 0;
  #alive = 0;
  readonly #auth: AuthStateHandle;
  readonly #server: MockServer;
  readonly #socket: ClientOptions;
  readonly #changed = new Emitter<void>();

  constructor(server: MockServer, auth: AuthStateHandle, options: SupervisedBotOptions = {}) {
    const { socket = {}, factory = makeAsTold, ...rest } = options;
    this.#server = server;
    this.#auth = auth;
    this.#socket = socket;
    this.supervisor = supervise((context) => factory(this.#makeSocket, context), {
      policy: QUICK,
      ...(rest.auth === undefined && { saveCreds: auth.saveCreds }),
      ...rest,
      timeouts: { closeGraceMs: 200, drainMs: 5_000, ...rest.timeouts },
    });
    const { supervisor } = this;
    supervisor.onOpen((opened) => this.#note(this.opens, opened));
    supervisor.onClose((closed) => this.#note(this.closes, closed));
    supervisor.onRetry((retrying) => this.#note(this.retries, retrying));
    supervisor.onHold((held) => this.#note(this.holds, held));
    supervisor.onGiveUp((gaveUp) => this.#note(this.gaveUp, gaveUp));
    supervisor.onQR((qr) => this.#note(this.qrs, qr));
    supervisor.onFlapping((flapping) => this.#note(this.flaps, flapping));
    supervisor.onPairingCode((code) => this.#note(this.codes, code));
    supervisor.onInternalError((error) => this.#note(this.internalErrors, error));
    supervisor.onStateChange(() => this.#changed.emit());
    supervisor.ev.on("messages.upsert", ({ messages }) => {
      for (const { key, message } of messages) {
        const text = message?.conversation ?? message?.extendedTextMessage?.text;
        if (text && !key.fromMe) this.#note(this.texts, text);
      }
    });
    // The first sync shows in the credentials.
    supervisor.ev.on("creds.update", () => this.#changed.emit());
  }

  start(): this {
    void this.supervisor.start();
    return this;
  }

  /** By the machine's clock, whatever the supervisor's says. */
  open(ms = 100_000): Promise<WASocket> {
    return withDeadline(this.supervisor.whenOpen(), { what: "Opening", ms, clock: systemClock });
  }

  /** Resolves when it is so; it is looked at whenever the supervisor tells something. */
  async until(what: string, isSo: () => boolean, ms = 100_000): Promise<void> {
    if (isSo()) return;
    const done = new AbortController();
    const became = new Promise<void>((resolve) => {
      const look = this.#changed.event(() => {
        if (isSo()) resolve();
      });
      done.signal.addEventListener("abort", () => look[Symbol.dispose]());
    });
    try {
      await withDeadline(became, { what, ms, clock: systemClock });
    } finally {
      done.abort();
    }
  }

  /** Resolves when the supervisor has said so often that a connection is open. */
  async opened(times: number): Promise<void> {
    await this.until(`Opening ${times} times`, () => this.opens.length >= times);
  }

  /**
   * Resolves when the first sync after linking is over. A client that is cut off before holds its events back for up
   * to 20 s at the next login (Baileys chats.js).
   */
  async synced(): Promise<void> {
    const { creds } = this.#auth.state;
    await this.until("The first sync", () => creds.accountSyncCounter > 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.supervisor.stop();
  }

  readonly #makeSocket = (options: ClientOptions = {}): WASocket => {
    const { secure = false, ...socket } = { ...this.#socket, ...options };
    const sock = makeWASocket({
      ...this.#server.baileysConfig({ secure }),
      ...SOCKET_LIMITS,
      logger: silentLogger,
      auth: this.#auth.state,
      makeSignalRepository: this.#auth.makeSignalRepository,
      ...socket,
    });
    this.sockets.push(sock);
    this.madeAtMs.push(systemClock.monotonic());
    this.#alive++;
    this.mostSocketsAlive = Math.max(this.mostSocketsAlive, this.#alive);
    sock.ev.on("connection.update", ({ connection }) => {
      if (connection === "close") this.#alive--;
    });
    return sock;
  };

  #note<T>(list: T[], value: T): void {
    list.push(value);
    this.#changed.emit();
  }
}

/** With the credentials and the version that the supervisor gives, where it gives any. */
const makeAsTold: NonNullable<SupervisedBotOptions["factory"]> = (make, { auth, version }) =>
  make({ ...(auth && { auth }), ...(version && { version }) });
