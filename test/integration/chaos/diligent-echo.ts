import { type WAMessageKey, proto } from "@whiskeysockets/baileys";
import { systemClock } from "@motte/core/clock";
import type { Bot, HeardMessage } from "../../support/bot.ts";

const RESEND_AFTER_MS = 500;

/** Answers each message once, and sends an answer again under its id until somebody has confirmed it: a bot as it should be. */
export class DiligentEcho implements AsyncDisposable {
  /** Ids of the messages it answered, in order. */
  readonly heard: string[] = [];
  readonly #bot: Bot;
  readonly #chat: string;
  readonly #confirmed = new Set<string>();
  readonly #known = new Set<string>();
  readonly #stop = new AbortController();
  readonly #work: Promise<void>[] = [];

  /** @param chat The JID to answer to */
  constructor(bot: Bot, chat: string) {
    this.#bot = bot;
    this.#chat = chat;
    const { ev } = bot.supervisor;
    ev.on("messages.update", (updates) => {
      for (const { key, update } of updates) this.#onStatus(key, update.status);
    });
    // Baileys joins an update with the message it is about when both come in one batch.
    ev.on("messages.upsert", ({ messages }) => {
      for (const { key, status } of messages) this.#onStatus(key, status);
    });
    for (const message of bot.heard) this.#onMessage(message);
    bot.onHeard((message) => this.#onMessage(message));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("The echo was stopped"));
    await Promise.all(this.#work);
  }

  #onStatus(
    { fromMe, id }: WAMessageKey,
    status: proto.WebMessageInfo.Status | null | undefined,
  ): void {
    if (fromMe && id && status === proto.WebMessageInfo.Status.DELIVERY_ACK)
      this.#confirmed.add(id);
  }

  #onMessage({ id, text }: HeardMessage): void {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.heard.push(id);
    this.#work.push(this.#answer(`E${id}`, `echo of ${text}`));
  }

  async #answer(messageId: string, text: string): Promise<void> {
    while (!this.#confirmed.has(messageId) && !this.#stop.signal.aborted) {
      // A lost connection rejects; the next round tries again on the next one.
      await this.#bot.supervisor
        .execute(({ sock }) => sock.sendMessage(this.#chat, { text }, { messageId }))
        .catch(() => undefined);
      for (let waited = 0; waited < RESEND_AFTER_MS && !this.#isOver(messageId); waited += 10) {
        await systemClock.sleep(10);
      }
    }
  }

  #isOver(messageId: string): boolean {
    return this.#confirmed.has(messageId) || this.#stop.signal.aborted;
  }
}
