import { silentLogger } from "@motte/core/logger";
import {
  type AuthenticationState,
  type BinaryNode,
  type WASocket,
  makeWASocket,
} from "@whiskeysockets/baileys";
import { type SuperviseOptions, type Supervisor, constant, supervise } from "@motte/reconnect";
import { unpaired } from "./credentials.ts";

export { unpaired };

/** Makes real Baileys sockets on a loopback server, with the same credentials each time. */
export function socketsOn(url: string, auth: AuthenticationState = unpaired()): () => WASocket {
  return () =>
    makeWASocket({
      auth,
      waWebSocketUrl: url,
      logger: silentLogger,
      connectTimeoutMs: 40_000,
    });
}

/** Supervises with delays that are short for a test, and long enough to tell from none. */
export function superviseQuickly(
  factory: (context: { generation: number; signal: AbortSignal }) => WASocket | Promise<WASocket>,
  options: SuperviseOptions = {},
): Supervisor {
  return supervise(factory, {
    policy: { backoff: constant(20) },
    ...options,
    timeouts: { closeGraceMs: 100, drainMs: 30_000, ...options.timeouts },
  });
}

/** Says that the login succeeded, as Baileys does after `<success>`. */
export function letIn(sock: WASocket): void {
  sock.ev.emit("connection.update", { connection: "open" });
}

/** Injects a stanza as if the server had sent it, so that Baileys' own handlers run. */
export function receive(sock: WASocket, stanza: BinaryNode): void {
  sock.ws.emit(`CB:${stanza.tag}`, stanza);
}

export function streamError(code: string): BinaryNode {
  return { tag: "stream:error", attrs: { code } };
}

export function failure(attrs: Record<string, string>): BinaryNode {
  return { tag: "failure", attrs };
}

/** Waits until the WebSocket of the current socket is up, and lets it in. */
export async function untilOpen(supervisor: Supervisor): Promise<WASocket> {
  const sock = await untilSocket(supervisor);
  await sock.waitForSocketOpen();
  letIn(sock);
  return supervisor.whenOpen({ timeoutMs: 30_000 });
}

/** The socket that is connecting or open, or the next one that is. */
export async function untilSocket(supervisor: Supervisor): Promise<WASocket> {
  for (;;) {
    const { sock } = supervisor;
    if (sock !== undefined) return sock;
    await nextUpdate(supervisor);
  }
}

// Every socket begins with an update that says "connecting".
function nextUpdate(supervisor: Supervisor): Promise<void> {
  return new Promise((resolve) => {
    const heard = (): void => {
      supervisor.ev.off("connection.update", heard);
      resolve();
    };
    supervisor.ev.on("connection.update", heard);
  });
}
