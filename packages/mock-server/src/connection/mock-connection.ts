import type { ClientInfo } from "../session/client-info.ts";
import type { ConnectionState } from "./connection.ts";
import { node } from "../replies.ts";
import type { Session } from "../session/session.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { NoisePattern } from "../wire/noise/symmetric-state.ts";

/** One client's connection, as a test sees it and can break it. */
export interface MockConnection {
  /** Unique on this server; the journal names connections by it. */
  readonly id: string;
  /** Where the connection stands. */
  readonly state: ConnectionState;
  /** The companion's device number, once it is logged in. */
  readonly device: number | undefined;
  /** The companion's device JID on the phone-number server, once it is logged in. */
  readonly deviceJid: string | undefined;
  /** How the Noise handshake went, once it is done: Baileys does `XX`. */
  readonly handshake: NoisePattern | undefined;
  /** What the client sent in front of its handshake: the routing information an earlier login gave it. */
  readonly routingInfo: Buffer | undefined;
  /** What the client said of itself, once the handshake is done. */
  readonly client: ClientInfo | undefined;
  /**
   * From now on nothing the client sends is heard and nothing is sent to it, but the connection stays: what a client
   * sees of a network that swallows everything. A closing handshake is still answered. There is no way back.
   */
  mute(): void;
  /** Destroys the TCP socket, as a lost network does: the client gets no close frame. */
  cut(): void;
  /** Closes the WebSocket in good order. @param code defaults to 1000 */
  close(code?: number): void;
  /**
   * Sends `<stream:error code>` and closes, as the server does to end a session.
   *
   * @param code What the client reports as its status code, like 503
   * @param child The reason: a tag like `"ack"`, or a whole node
   */
  streamError(code: number, child?: string | BinaryNode): void;
}

// A plain object, so that assertion libraries can copy and print it.
export function mockConnection(session: Session): MockConnection {
  const { connection } = session;
  return {
    id: connection.id,
    get state() {
      return connection.state;
    },
    get device() {
      return session.companion?.device;
    },
    get deviceJid() {
      return session.companion?.pn;
    },
    get handshake() {
      return connection.handshake;
    },
    get routingInfo() {
      return connection.routingInfo;
    },
    get client() {
      return session.client;
    },
    mute: () => connection.mute(),
    cut: () => connection.cut(),
    close: (code = 1000) => connection.close(code),
    streamError: (code, child) => {
      const reason = typeof child === "string" ? node(child) : child;
      connection.streamError(String(code), reason);
    },
  };
}
