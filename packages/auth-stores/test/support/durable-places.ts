import { type RedisServer, startRedis } from "../../../../test/support/redis-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Where a durable state is kept while its writers are killed. */
export interface DurablePlace extends AsyncDisposable {
  /** What `openDurable` is given: a folder, or the URL of a server. */
  readonly at: string;
  /** Kills what keeps the state, where that is no part of the writer. */
  readonly kill?: () => Promise<void>;
  /** Starts it again. */
  readonly restart?: () => Promise<void>;
}

// Without snapshots: all that a restart finds is the append-only file.
const APPEND_ONLY = ["--save", "", "--appendonly", "yes", "--appendfsync"];

/** A fresh place for states of this kind. */
export async function durablePlace(kind: string): Promise<DurablePlace> {
  const [what, durability, killed] = kind.split(" ");
  if (what !== "redis") {
    const folder = await temporaryFolder();
    return { at: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }
  const server = await startRedis([
    ...APPEND_ONLY,
    durability === "commit" ? "always" : "everysec",
  ]);
  const place = { at: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  return killed === "server" ? { ...place, ...mortal(server) } : place;
}

function mortal(server: RedisServer): Required<Pick<DurablePlace, "kill" | "restart">> {
  return { kill: () => server.kill(), restart: () => server.restart() };
}
