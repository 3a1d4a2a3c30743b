import type { Connection } from "./connection.ts";
import type { ServerContext } from "./context.ts";
import { conflict, ib, node } from "./replies.ts";
import type { BinaryNode } from "./wire/binary-node.ts";
import type { Account } from "./world/account.ts";
import type { Companion } from "./world/companion.ts";

const LOGGED_OUT = "401";

/** A companion on an open connection. */
export class Login {
  readonly connection: Connection;
  readonly context: ServerContext;
  readonly companion: Companion;
  #drained = false;

  constructor(parts: {
    readonly connection: Connection;
    readonly context: ServerContext;
    readonly companion: Companion;
  }) {
    this.connection = parts.connection;
    this.context = parts.context;
    this.companion = parts.companion;
  }

  get account(): Account {
    return this.companion.account;
  }

  send(stanza: BinaryNode): void {
    this.connection.send(stanza);
  }

  /** Gives the mailbox and says how much that was, once per connection, however often the client asks. */
  drain(): void {
    if (this.#drained) return;
    this.#drained = true;
    const count = this.companion.mailbox.open((stanza) => this.send(stanza));
    this.send(ib(node("offline", { count: String(count) })));
  }

  /** Lets the phone write its first messages, once the client can read them and has heard that nothing else waits. */
  async startSyncWhenReady(): Promise<void> {
    const { companion } = this;
    if (!this.#drained || companion.synced || companion.preKeys.size === 0) return;
    companion.synced = true;
    await this.account.primary.onCompanionReady(companion);
  }

  /** Another connection has logged in as the same device. */
  replace(): void {
    this.companion.mailbox.close();
    this.connection.streamError(undefined, conflict("replaced"));
  }

  /** Ends the link between the account and this device. */
  logOut(): void {
    this.connection.streamError(LOGGED_OUT, conflict("device_removed"));
  }
}
