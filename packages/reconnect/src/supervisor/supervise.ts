import { UsageError } from "@motte/core/errors";
import { type SuperviseOptions, resolveOptions } from "./options.ts";
import type { AuthSource } from "../ports/auth-source.ts";
import type { AuthenticatedContext, SocketContext, SocketFactory } from "./socket-factory.ts";
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
  factory: (context: AuthenticatedContext) => S | Promise<S>,
  options: SuperviseOptions & { readonly auth: AuthSource },
): Supervisor<S>;
export function supervise<S extends SupervisedSocket>(
  factory: SocketFactory<S>,
  options?: SuperviseOptions,
): Supervisor<S>;
export function supervise<S extends SupervisedSocket>(
  factory: (context: never) => S | Promise<S>,
  options: SuperviseOptions = {},
): Supervisor<S> {
  if (typeof factory !== "function") {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "supervise needs a function that makes a socket, such as () => makeWASocket(…)",
    );
  }
  const make: EitherFactory<S> = factory;
  return new SocketSupervisor(make, resolveOptions(options));
}

// A method, whose parameters TypeScript compares both ways: `auth` is in the context whenever the option is there.
type EitherFactory<S extends SupervisedSocket> = {
  make(context: SocketContext): S | Promise<S>;
}["make"];
