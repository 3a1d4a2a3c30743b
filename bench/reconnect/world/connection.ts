import type { Account } from "./account.ts";
import type { BaileysError } from "./baileys-errors.ts";

/** `connection.update`, as far as the loops look at it. */
export interface ConnectionUpdate {
  readonly connection?: "connecting" | "open" | "close";
  readonly qr?: string;
  readonly isNewLogin?: true;
  readonly lastDisconnect?: { readonly error: BaileysError | undefined };
}

export type OnUpdate = (update: ConnectionUpdate) => void;

/** One socket, from both ends. Says each thing once and nothing after its close, as Baileys does. */
export class Connection {
  readonly account: Account;
  readonly #onUpdate: OnUpdate;
  readonly #onOpen: (connection: Connection) => void;
  #state: "connecting" | "open" | "closed" = "connecting";

  constructor(account: Account, onUpdate: OnUpdate, onOpen: (connection: Connection) => void) {
    this.account = account;
    this.#onUpdate = onUpdate;
    this.#onOpen = onOpen;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** socket.js emits this in the next tick of every `makeWASocket`. */
  begin(): void {
    this.#onUpdate({ connection: "connecting" });
  }

  open(): void {
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.#onOpen(this);
    this.#onUpdate({ connection: "open" });
  }

  showQr(): void {
    if (this.#state === "connecting") this.#onUpdate({ qr: "2@ref" });
  }

  /** A phone scanned the code. */
  pair(): void {
    if (this.#state !== "connecting") return;
    this.account.pair();
    this.#onUpdate({ isNewLogin: true });
  }

  /** Ends it: by the server, or by the bot with `sock.end(error)`. */
  close(error: BaileysError | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#onUpdate({ connection: "close", lastDisconnect: { error } });
  }
}
