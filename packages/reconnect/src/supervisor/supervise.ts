import { type SuperviseOptions, resolveOptions } from "./options.ts";
import type { SocketFactory } from "./socket-factory.ts";
import { SocketSupervisor } from "./socket-supervisor.ts";
import type { SupervisedSocket } from "./supervised-socket.ts";
import type { Supervisor } from "./supervisor.ts";

/**
 * Keeps one Baileys connection alive: makes a socket with `factory`, watches it, and makes another when the policy
 * says so. Nothing happens before `start()`.
 *
 * There is never more than one socket: the next is made only when nothing of the last one is left and its
 * credentials are saved. A factory that fails or hangs is a failed attempt. Credentials are never deleted.
 *
 * Throws a `UsageError` when an option makes no sense.
 */
export function supervise<S extends SupervisedSocket>(
  factory: SocketFactory<S>,
  options: SuperviseOptions = {},
): Supervisor<S> {
  return new SocketSupervisor(factory, resolveOptions(options));
}
