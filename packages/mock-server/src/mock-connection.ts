import type { ConnectionState } from "./connection.ts";
import type { Session } from "./session.ts";
import { node } from "./replies.ts";
import type { BinaryNode } from "./wire/binary-node.ts";

/** One client's connection, as a test sees it and can break it. */
export class MockConnection {
  readonly #session: Session;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
  }

  /** Unique on this server; the journal names connections by it. */
  get id(): string {
    return this.#session.connection.id;
  }

  get state(): ConnectionState {
    return this.#session.connection.state;
  }

  /** The companion's device number, once it is logged in. */
  get device(): number | undefined {
    return this.#session.companion?.device;
  }

  /** The companion's device JID on the phone-number server, once it is logged in. */
  get deviceJid(): string | undefined {
    return this.#session.companion?.pn;
  }

  /** Destroys the TCP socket, as a lost network does: the client gets no close frame. */
  cut(): void {
    this.#session.connection.cut();
  }

  /** Closes the WebSocket in good order. @param code defaults to 1000 */
  close(code = 1000): void {
    this.#session.connection.close(code);
  }

  /**
   * Sends `<stream:error code>` and closes, as the server does to end a session.
   *
   * @param code What the client reports as its status code, like 503
   * @param child The reason: a tag like `"ack"`, or a whole node
   */
  streamError(code: number, child?: string | BinaryNode): void {
    const reason = typeof child === "string" ? node(child) : child;
    this.#session.connection.streamError(String(code), reason);
  }
}
