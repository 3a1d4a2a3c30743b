import { type Clock, systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { redisPlace } from "../../stores/open-store.ts";
import type { StoreName } from "../../stores/store-name.ts";

/** What a Redis server says about itself. Settings are `undefined` where the server does not let us ask. */
export interface RedisFacts {
  readonly version: string;
  readonly evictionPolicy: string | undefined;
  readonly appendOnly: boolean;
  readonly appendFsync: string | undefined;
  /** Whether snapshots are written. */
  readonly snapshots: boolean | undefined;
  /** How far the server's clock is ahead of ours, in milliseconds. */
  readonly aheadMs: number;
}

const TIMEOUT_MS = 10_000;

/** Asks the server; `undefined` for a store of another kind. */
export async function redisFacts(
  { kind, place }: StoreName,
  clock: Clock = systemClock,
): Promise<RedisFacts | undefined> {
  if (kind !== "redis" && kind !== "rediss") return undefined;
  const { createClient } = await import("redis");
  const client = createClient({ url: redisPlace(place).url, socket: { reconnectStrategy: false } });
  // What it means shows in the commands that fail.
  client.on("error", () => {});
  const ask = async (): Promise<RedisFacts> => {
    await client.connect();
    const info = parseInfo(await client.info());
    const setting = async (name: string): Promise<string | undefined> =>
      (await configOf(() => client.configGet(name)))?.[name];
    const before = clock.now();
    const [seconds, microseconds] = await client.sendCommand<[string, string]>(["TIME"]);
    const now = (before + clock.now()) / 2;
    const save = await setting("save");
    return {
      version: info.get("redis_version") ?? "",
      evictionPolicy: info.get("maxmemory_policy") ?? (await setting("maxmemory-policy")),
      appendOnly: info.get("aof_enabled") === "1",
      appendFsync: await setting("appendfsync"),
      snapshots: save === undefined ? undefined : save !== "",
      aheadMs: Number(seconds) * 1_000 + Number(microseconds) / 1_000 - now,
    };
  };
  try {
    return await withDeadline(ask(), { what: "Redis", ms: TIMEOUT_MS, clock });
  } finally {
    if (client.isOpen) client.destroy();
  }
}

/** `undefined` where CONFIG is not allowed, as on many hosted servers. */
async function configOf(
  ask: () => Promise<Record<string, string>>,
): Promise<Record<string, string> | undefined> {
  try {
    return await ask();
  } catch (error) {
    // Redis replies begin with their kind: ERR for an unknown command, NOPERM for one that the user may not give.
    if (error instanceof Error && /^(ERR|NOPERM)\b/.test(error.message)) return undefined;
    throw error;
  }
}

function parseInfo(info: string): ReadonlyMap<string, string> {
  return new Map(
    info.split("\r\n").flatMap((line) => {
      const colon = line.indexOf(":");
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
    }),
  );
}
