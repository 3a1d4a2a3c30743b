import type { proto } from "../wire/baileys.ts";
import type { Account } from "../world/account.ts";

/** Decrypts a message when somebody asks for it. `undefined` for one that cannot be read. */
export type PlainReader = () => proto.IMessage | undefined | Promise<proto.IMessage | undefined>;

/**
 * What messages say, by author and id. Those who decrypt or write a message for somebody the server plays put it here;
 * one who would rather decrypt it later puts a reader here instead. Keeps the last `capacity`.
 */
export class PlainMessages {
  readonly #capacity: number;
  readonly #known = new Map<string, proto.IMessage | PlainReader>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  attach(author: Account, id: string, message: proto.IMessage): void {
    const key = keyOf(author, id);
    const known = this.#known.get(key);
    // A copy that was sent once more says the same.
    if (known !== undefined && typeof known !== "function") return;
    this.#known.set(key, message);
    this.#makeRoom();
  }

  offer(author: Account, id: string, read: PlainReader): void {
    const key = keyOf(author, id);
    if (this.#known.has(key)) return;
    this.#known.set(key, read);
    this.#makeRoom();
  }

  /** What is known without further work. */
  peek(author: Account, id: string): proto.IMessage | undefined {
    const known = this.#known.get(keyOf(author, id));
    return typeof known === "function" ? undefined : known && contentOf(known);
  }

  async read(author: Account, id: string): Promise<proto.IMessage | undefined> {
    const known = this.#known.get(keyOf(author, id));
    if (typeof known !== "function") return known && contentOf(known);
    const message = await known();
    if (message !== undefined) this.attach(author, id, message);
    return message && contentOf(message);
  }

  #makeRoom(): void {
    if (this.#known.size <= this.#capacity) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      break;
    }
  }
}

/** Senders choose their own ids, so two may choose the same. */
function keyOf({ phoneNumber }: Account, id: string): string {
  return `${phoneNumber} ${id}`;
}

/** The copy for the sender's own devices is wrapped. */
function contentOf(message: proto.IMessage): proto.IMessage {
  return message.deviceSentMessage?.message ?? message;
}
