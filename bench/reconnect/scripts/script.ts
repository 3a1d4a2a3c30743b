import type { Random } from "@motte/core/random";
import type { Connection } from "../world/connection.ts";
import type { World } from "../world/world.ts";

/** What the server does, from the first connection on. */
interface Server {
  /** A bot connects. The server may open it, close it, or let it wait. */
  accept(connection: Connection): void;
  /**
   * From when on a connection would last, which is when a recovery begins. Left out where it never does, and where there
   * is nothing to recover from.
   */
  readonly healthyAtMs?: number;
  /** Whether the bots' own machine has a network now. @defaultValue always */
  machineIsOnline?(): boolean;
}

/** What happens to the bots. */
export interface Script {
  readonly name: string;
  readonly title: string;
  /** Runs with other seeds. One is enough where nothing is drawn but jitter, which recoveries do not depend on. */
  readonly runs: number;
  readonly lastsMs: number;
  /** Accounts, each with its bots. @defaultValue 1 */
  readonly accounts?: number;
  /** Programs that run with the same credentials, a minute after each other. @defaultValue 1 */
  readonly owners?: number;
  /** Whether the accounts were paired before. @defaultValue true */
  readonly paired?: boolean;
  server(world: World, random: Random): Server;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
