import { silentLogger } from "@motte/core/logger";
import {
  type AuthenticationState,
  type WASocket,
  initAuthCreds,
  makeWASocket,
} from "@whiskeysockets/baileys";
import { type SuperviseOptions, type Supervisor, constant, supervise } from "@motte/reconnect";

/** A real Baileys socket on a loopback server. The credentials are made once, as a real bot keeps its own. */
export function socketsOn(url: string, auth: AuthenticationState = unpaired()): () => WASocket {
  return () =>
    makeWASocket({
      auth,
      waWebSocketUrl: url,
      logger: silentLogger,
      connectTimeoutMs: 2_000,
    });
}

export function unpaired(): AuthenticationState {
  return { creds: initAuthCreds(), keys: { get: async () => ({}), set: async () => {} } };
}

/** Delays short enough for a test and long enough to tell from none. */
export const QUICK: SuperviseOptions = {
  policy: { backoff: constant(20) },
  timeouts: { closeGraceMs: 100, drainMs: 1_000 },
};

/** Supervises real sockets and fails the test on any error beside the connection. */
export function superviseSockets(
  factory: () => WASocket | Promise<WASocket>,
  options: SuperviseOptions = {},
): Supervisor<WASocket> {
  return supervise(factory, { ...QUICK, ...options });
}

/** Does what WhatsApp does when a login succeeds, as far as the connection is concerned. */
export function letIn(sock: WASocket): void {
  sock.ev.emit("connection.update", { connection: "open" });
}

/** Injects a stanza as if the server had sent it: Baileys' own handlers run. */
export function receive(
  sock: WASocket,
  tag: string,
  attrs: Record<string, string>,
  children: string[] = [],
): void {
  const content = children.map((child) => ({ tag: child, attrs: {} }));
  sock.ws.emit(`CB:${tag}`, { tag, attrs, content });
}
