import { availableSqliteDrivers } from "@motte/core/sqlite";
import { afterAll, afterEach } from "vitest";
import {
  type OpenRedisTables,
  type RedisTablesOptions,
  type Tables,
  memoryTables,
  openRedisTables,
  openTables,
  seconds,
} from "@motte/store-kit";
import { type RedisServer, startRedis } from "../../../../test/support/redis-server.ts";
import { type ConnectedRedis, type RedisLibrary, connectTo } from "./kv-places.ts";

export interface TablesKind {
  readonly name: string;
  open(account?: string): Promise<Tables>;
}

const LIBRARIES: readonly RedisLibrary[] = ["redis", "ioredis"];

/** Tables in Redis, and how to read each of those that were asked for in them or in others. */
interface Opened {
  readonly tables: OpenRedisTables;
  readonly options: RedisTablesOptions;
  readonly used: { readonly held: () => object; readonly keptIn: (tables: Tables) => object }[];
}

let server: Promise<RedisServer> | undefined;
let clients: Promise<readonly ConnectedRedis[]> | undefined;
const opened: Opened[] = [];
let prefixes = 0;

/** A Redis server for this file, and a client of each library. */
async function connected(): Promise<readonly ConnectedRedis[]> {
  server ??= startRedis(["--save", ""]);
  const { port } = await server;
  clients ??= Promise.all(LIBRARIES.map((library) => connectTo(library, port)));
  return clients;
}

/** Tables in Redis under a prefix of their own, through one library and then the other. */
async function openInRedis(account = "bot"): Promise<Tables> {
  const all = await connected();
  const prefix = `tables ${++prefixes}`;
  const client = all[prefixes % all.length]?.client;
  if (client === undefined) throw new Error("there is no client");
  const options = { account, client, prefix, commandTimeout: seconds(30) };
  const tables = await openRedisTables(options);
  const used: Opened["used"] = [];
  opened.push({ tables, options, used });
  return {
    atomically: (work) => tables.atomically(work),
    table: (shape) => {
      const table = tables.table(shape);
      used.push({
        held: () => table.list(),
        keptIn: (others) => others.table(shape).list(),
      });
      return table;
    },
  };
}

// Whatever a test did with tables in Redis: what is there in the end is what the process held.
afterEach(async () => {
  for (const { tables, options, used } of opened.splice(0)) {
    const held = JSON.stringify(used.map((table) => table.held()));
    await tables.close();
    await using again = await openRedisTables(options);
    const kept = JSON.stringify(used.map((table) => table.keptIn(again)));
    if (kept !== held) throw new Error(`held: ${held}\nkept in Redis: ${kept}`);
  }
});

afterAll(async () => {
  for (const client of (await clients) ?? []) await client[Symbol.asyncDispose]();
  await (await server)?.[Symbol.asyncDispose]();
  [server, clients] = [undefined, undefined];
});

/** Every place for rows: memory, SQLite with each driver that loads here, and Redis. */
export const tablesKinds: readonly TablesKind[] = [
  { name: "memory", open: async () => memoryTables() },
  ...(await availableSqliteDrivers()).map((driver) => ({
    name: driver,
    open: (account = "bot"): Promise<Tables> => openTables({ file: ":memory:", account, driver }),
  })),
  { name: "Redis", open: openInRedis },
];

/** Counts what is written to a table. */
export function counted(tables: Tables): {
  readonly tables: Tables;
  readonly writes: () => number;
} {
  let writes = 0;
  const counting: Tables = {
    atomically: (work) => tables.atomically(work),
    table: (shape) => {
      const table = tables.table(shape);
      return new Proxy(table, {
        get: (target, name) => {
          if (name === "set" || name === "delete") writes += 1;
          const member: unknown = Reflect.get(target, name, target);
          return typeof member === "function" ? member.bind(target) : member;
        },
      });
    },
  };
  return { tables: counting, writes: () => writes };
}
