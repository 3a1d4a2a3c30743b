import { type UserFacingSocketConfig, type WASocket, makeWASocket } from "@whiskeysockets/baileys";
import type { AuthStateHandle } from "@motte/auth-stores";
import { systemClock } from "@motte/core/clock";
import { Emitter } from "@motte/core/events";
import { silentLogger } from "@motte/core/logger";
import type { BaileysConfigOptions, MockServer } from "@motte/mock-server";
import { patiently } from "./patience.ts";

export type ClientOptions = Partial<UserFacingSocketConfig> & BaileysConfigOptions;

/** What real Baileys is set to here, in milliseconds: its own 20 s, 30 s and 60 s would make every hang a long one. */
export const CLIENT_LIMITS = {
  connectTimeoutMs: 2_000,
  keepAliveIntervalMs: 500,
  defaultQueryTimeoutMs: 3_000,
} satisfies ClientOptions;

/** One socket of real Baileys from its making to its end. It does not connect again by itself: no Baileys socket does. */
export class WatchedClient {
  readonly sock: WASocket;
  readonly #changed = new Emitter<void>();
  readonly texts: string[] = [];
  opened = false;
  qr: string | undefined;
  /** How Baileys said it ended. */
  ending: { readonly error: unknown } | undefined;

  constructor(
    server: MockServer,
    auth: AuthStateHandle,
    { secure = false, ...options }: ClientOptions = {},
  ) {
    this.sock = makeWASocket({
      ...server.baileysConfig({ secure }),
      connectTimeoutMs: patiently(CLIENT_LIMITS.connectTimeoutMs),
      keepAliveIntervalMs: CLIENT_LIMITS.keepAliveIntervalMs,
      defaultQueryTimeoutMs: patiently(CLIENT_LIMITS.defaultQueryTimeoutMs),
      logger: silentLogger,
      auth: auth.state,
      ...options,
    });
    this.sock.ev.on("creds.update", () => void auth.saveCreds());
    this.sock.ev.on("connection.update", ({ connection, qr, lastDisconnect }) => {
      if (qr) this.qr = qr;
      if (connection === "open") this.opened = true;
      if (connection === "close") this.ending = { error: lastDisconnect?.error };
      this.#changed.emit();
    });
    this.sock.ev.on("messages.upsert", ({ messages }) => {
      for (const { message } of messages) {
        if (message?.conversation) this.texts.push(message.conversation);
      }
      this.#changed.emit();
    });
  }

  /** Resolves with whether it became so within the time. */
  async becomes(isSo: () => boolean, withinMs: number): Promise<boolean> {
    if (isSo()) return true;
    return new Promise((resolve) => {
      const settle = (result: boolean): void => {
        look[Symbol.dispose]();
        timer[Symbol.dispose]();
        resolve(result);
      };
      const look = this.#changed.event(() => {
        if (isSo()) settle(true);
      });
      const timer = systemClock.after(withinMs, () => settle(false), { keepAlive: true });
    });
  }

  /** Ends the socket if it has not ended. */
  async dispose(): Promise<void> {
    if (this.ending !== undefined) return;
    // `end` waits for the other side's closing handshake, and that may never come.
    void this.sock.end(undefined);
    await this.becomes(() => this.ending !== undefined, 1_000);
  }
}
