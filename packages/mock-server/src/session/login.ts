import type { Connection } from "../connection/connection.ts";
import type { ServerContext } from "../context.ts";
import { setAvailable } from "../news/presence.ts";
import { conflict, ib, node } from "../replies.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";

const LOGGED_OUT = "401";

/** A companion on an open connection. */
export class Login {
  readonly connection: Connection;
  readonly context: ServerContext;
  readonly companion: Companion;
  /** Whose presence the client asked for, and under which server it knows them. Ends with the connection. */
  readonly watching: Map<Account, string> = new Map<Account, string>();
  /** The client has said that its user is there. Typing notices are only for those. */
  available = false;
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

  /** The client has got what waited for it, and takes news as they come. */
  get drained(): boolean {
    return this.#drained;
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
    this.context.chatStates.flush(this);
    const { connection } = this;
    this.context.passages.established.enter({ connection, stage: "online" }, () => {});
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
    setAvailable(this, false);
    this.companion.mailbox.close();
    this.connection.streamError(undefined, conflict("replaced"));
  }

  /** Ends the link between the account and this device. */
  logOut(): void {
    this.connection.streamError(LOGGED_OUT, conflict("device_removed"));
  }
}
