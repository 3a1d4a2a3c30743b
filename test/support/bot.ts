import {
  type UserFacingSocketConfig,
  type WASocket,
  makeWASocket,
  type proto,
} from "@whiskeysockets/baileys";
import { type AuthStateHandle, useSqliteAuthState } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { Emitter, type Event } from "@motte/core/events";
import { silentLogger } from "@motte/core/logger";
import type { MockServer } from "@motte/mock-server";
import { type Supervisor, type SuperviseOptions, supervise } from "@motte/reconnect";
import { type MessageStore, openMessageStore } from "@motte/store-kit";
import { vi } from "vitest";
import { giveReadyPreKeys } from "./ready-pre-keys.ts";
import type { TemporaryFolder } from "./temporary-folder.ts";

// The libsignal inside Baileys prints whole sessions, keys included, whenever one is closed.
vi.spyOn(console, "info").mockImplementation(() => {});

export interface HeardMessage {
  readonly id: string;
  readonly text: string;
  readonly kind: "notify" | "append";
}

export interface BotOptions {
  readonly folder: TemporaryFolder;
  readonly reconnect?: SuperviseOptions;
  /** Opens the login. @defaultValue SQLite, in the folder */
  readonly openAuth?: () => Promise<AuthStateHandle>;
  /** Leave retries to Baileys alone, without a message store. */
  readonly forgetful?: boolean;
  /** More of what `makeWASocket` takes. */
  readonly socket?: Partial<UserFacingSocketConfig>;
}

/** A supervised bot in this process: real Baileys, SQLite auth and message store, pointed at a mock server. */
export class Bot implements AsyncDisposable {
  readonly supervisor: Supervisor;
  readonly store: MessageStore;
  readonly #auth: AuthStateHandle;
  readonly qrs: string[] = [];
  readonly heard: HeardMessage[] = [];
  /** Sockets that were made and have not closed; their highest number at any one time. */
  mostSocketsAlive = 0;
  readonly #heardOne = new Emitter<HeardMessage>();
  readonly #cleanup = new CleanupStack();

  private constructor(supervisor: Supervisor, auth: AuthStateHandle, store: MessageStore) {
    this.supervisor = supervisor;
    this.#auth = auth;
    this.store = store;
    supervisor.onQR(({ qr }) => this.qrs.push(qr));
    supervisor.ev.on("messages.upsert", ({ messages, type }) => {
      for (const { key, message } of messages) {
        const text = textOf(message);
        if (text === undefined || !key.id || key.fromMe) continue;
        const heard = { id: key.id, text, kind: type };
        this.heard.push(heard);
        this.#heardOne.emit(heard);
      }
    });
  }

  /** Every message from now on. */
  get onHeard(): Event<HeardMessage> {
    return this.#heardOne.event;
  }

  static async start(server: MockServer, options: BotOptions): Promise<Bot> {
    const { folder, reconnect, forgetful = false } = options;
    const { openAuth = () => useSqliteAuthState(folder.file("auth.db")) } = options;
    const authState = await openAuth();
    await giveReadyPreKeys(authState);
    const store = await openMessageStore({ file: folder.file("messages.db"), account: "bot" });
    let alive = 0;
    const supervisor = supervise(
      () => {
        const sock = makeWASocket({
          ...server.baileysConfig(),
          logger: silentLogger,
          auth: authState.state,
          makeSignalRepository: authState.makeSignalRepository,
          ...(forgetful ? {} : { getMessage: store.getMessage }),
          enableRecentMessageCache: false,
          ...options.socket,
        });
        store.instrumentSends(sock);
        alive++;
        bot.mostSocketsAlive = Math.max(bot.mostSocketsAlive, alive);
        sock.ev.on("connection.update", ({ connection }) => {
          if (connection === "close") alive--;
        });
        return sock;
      },
      { saveCreds: authState.saveCreds, ...reconnect },
    );
    const bot = new Bot(supervisor, authState, store);
    bot.#cleanup.defer(() => store.close());
    bot.#cleanup.defer(() => authState.close());
    bot.#cleanup.defer(() => supervisor.stop());
    store.bind(supervisor.ev);
    await supervisor.start();
    return bot;
  }

  open(timeoutMs = 60_000): Promise<WASocket> {
    return this.supervisor.whenOpen({ timeoutMs });
  }

  /**
   * Resolves when the first sync after linking is over. A Baileys client that is cut off before holds its events
   * back for up to 20 s at the next login, waiting for a history that it has already had (chats.js).
   */
  async synced(): Promise<void> {
    const isSynced = (): boolean => this.#auth.state.creds.accountSyncCounter > 0;
    await within(
      "The first sync",
      new Promise<void>((resolve) => {
        this.supervisor.ev.on("creds.update", () => {
          if (isSynced()) resolve();
        });
        if (isSynced()) resolve();
      }),
    );
  }

  /** The next QR that was not handed out before. */
  async qr(): Promise<string> {
    const first = this.qrs[0];
    if (first !== undefined) return first;
    return within(
      "The QR",
      new Promise((resolve) => this.supervisor.onQR(({ qr }) => resolve(qr))),
    );
  }

  /** The message with this id, past or future. */
  hears(id: string): Promise<HeardMessage> {
    const past = this.heard.find((message) => message.id === id);
    if (past !== undefined) return Promise.resolve(past);
    return within(
      `Message ${id}`,
      new Promise((resolve) => {
        this.#heardOne.event((message) => {
          if (message.id === id) resolve(message);
        });
      }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.dispose();
  }
}

/** Rejects when `work` takes longer than a minute. */
export function within<T>(what: string, work: Promise<T>): Promise<T> {
  return withDeadline(work, { what, ms: 60_000, clock: systemClock });
}

function textOf(message: proto.IMessage | null | undefined): string | undefined {
  return message?.conversation ?? message?.extendedTextMessage?.text ?? undefined;
}
