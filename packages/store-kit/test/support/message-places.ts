import type { WAMessage, WAMessageKey } from "@whiskeysockets/baileys";
import { ManualClock } from "@motte/core/manual-clock";
import { type SqliteDriver, availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { proto } from "@whiskeysockets/baileys";
import {
  type CommonMessageStoreOptions,
  type MessageStore,
  type RedisMessageStore,
  days,
  openMessageStore,
  openRedisMessageStore,
  seconds,
} from "@motte/store-kit";
import { type RedisServer, startRedis } from "../../../../test/support/redis-server.ts";
import { realEvents } from "./baileys-events.ts";
import { type RedisLibrary, connectTo } from "./kv-places.ts";
import { NOW_MS, textOf } from "./messages.ts";

type AnyMessageStore = MessageStore | RedisMessageStore;

export interface OpenedAny extends AsyncDisposable {
  readonly store: AnyMessageStore;
  readonly clock: ManualClock;
  /** The codes of what was reported. */
  readonly errors: string[];
}

/** Where messages are kept, for one test: whatever is opened in it sees what was opened before. */
export interface MessagePlace extends AsyncDisposable {
  open(options?: Partial<CommonMessageStoreOptions>): Promise<OpenedAny>;
}

interface Backend {
  readonly name: string;
  place(): Promise<MessagePlace>;
}

let server: Promise<RedisServer> | undefined;
let prefixes = 0;

/** Every kind of place; `stopBackends` ends what they started. */
export async function backends(): Promise<readonly Backend[]> {
  const drivers = await availableSqliteDrivers();
  const libraries: readonly RedisLibrary[] = ["redis", "ioredis"];
  return [
    ...drivers.map((driver) => ({ name: driver, place: () => sqlitePlace(driver) })),
    ...libraries.map((library) => ({
      name: `Redis by ${library}`,
      place: () => redisPlace(library),
    })),
  ];
}

export async function stopBackends(): Promise<void> {
  await (await server)?.[Symbol.asyncDispose]();
  server = undefined;
}

async function sqlitePlace(driver: SqliteDriver): Promise<MessagePlace> {
  const database = await openSqlite(":memory:", { driver });
  return {
    open: (options) =>
      opened(options, (common) => openMessageStore({ ...common, database, sweepEvery: days(1) })),
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

async function redisPlace(library: RedisLibrary): Promise<MessagePlace> {
  server ??= startRedis(["--save", ""]);
  const connected = await connectTo(library, (await server).port);
  const { client } = connected;
  const prefix = `place ${++prefixes}`;
  return {
    open: (options) =>
      opened(options, (common) =>
        openRedisMessageStore({ ...common, client, prefix, commandTimeout: seconds(30) }),
      ),
    [Symbol.asyncDispose]: () => connected[Symbol.asyncDispose](),
  };
}

async function opened(
  options: Partial<CommonMessageStoreOptions> = {},
  open: (common: CommonMessageStoreOptions) => Promise<AnyMessageStore>,
): Promise<OpenedAny> {
  const clock = new ManualClock(NOW_MS);
  const errors: string[] = [];
  const store = await open({
    account: "bot",
    clock,
    baileys: { proto },
    onError: (error) => errors.push("code" in error ? String(error.code) : error.message),
    ...options,
  });
  return { store, clock, errors, [Symbol.asyncDispose]: () => store.close() };
}

export const all = (): "body" => "body";

/** What others and own devices send, as Baileys tells it. */
export async function receive(
  store: AnyMessageStore,
  ...messages: readonly WAMessage[]
): Promise<void> {
  const { ev, upsert } = realEvents();
  const binding = store.bind(ev);
  for (const one of messages) await upsert(one);
  binding[Symbol.dispose]();
  await store.drain();
}

export async function textAt(
  store: AnyMessageStore,
  key: WAMessageKey,
): Promise<string | undefined> {
  return textOf(await store.getMessage(key));
}

export async function textsOf(
  store: AnyMessageStore,
  chat: string,
): Promise<readonly (string | undefined)[]> {
  return (await store.page(chat)).messages.map((one) => textOf(one.message));
}
