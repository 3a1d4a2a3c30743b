// The stores that are compared. To add one, add a line to `STORES`.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openAuthState, useFileAuthState, useMemoryAuthState } from "@motte/auth-stores";
import { type SqliteBackendOptions, sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { type Keys, type OpenStore, keysOf } from "./keys.ts";
import { flushedLog } from "./flushed-log.ts";
import { rawSqlite } from "./raw-sqlite.ts";
import { rawRedis, redis } from "./redis-stores.ts";

export interface Store {
  readonly name: string;
  /** What an acknowledged write survives. */
  readonly durability: "nothing" | "killed process" | "power cut";
  readonly atomic: boolean;
  /** Opens this many sessions in an empty folder. */
  open(folder: string, sessions: number): Promise<OpenStore>;
}

export const MULTI_FILE = "useMultiFileAuthState";
export const RAW = "raw prepared statements";
export const RAW_JSON = "raw statements with JSON";
export const RAW_FLUSHED = "raw statements, flushed";
export const FLUSHED_LOG = "write + fdatasync";
export const RAW_REDIS = "raw pipelined HSET";
export const RAW_REDIS_JSON = "raw HSET with JSON";

export const STORES: readonly Store[] = [
  { name: MULTI_FILE, durability: "killed process", atomic: false, open: multiFile },
  { name: "Map", durability: "nothing", atomic: true, open: maps },
  { name: "memory", durability: "nothing", atomic: true, open: memory },
  raw(RAW, { synchronous: "NORMAL", json: false }),
  raw(RAW_JSON, { synchronous: "NORMAL", json: true }),
  raw(RAW_FLUSHED, { synchronous: "FULL", json: false }),
  { name: FLUSHED_LOG, durability: "power cut", atomic: false, open: flushedLog },
  sqlite("SQLite process", { durability: "process" }),
  sqlite("SQLite process, no cache", { durability: "process" }, { cacheBytes: 0 }),
  sqlite("SQLite process, threaded", { durability: "process", threaded: true }),
  sqlite("SQLite commit", { durability: "commit" }),
  sqlite("SQLite commit, threaded", { durability: "commit", threaded: true }),
  { name: "file process", durability: "killed process", atomic: true, open: files("process") },
  { name: "file commit", durability: "power cut", atomic: true, open: files("commit") },
  rawHash(RAW_REDIS, { json: false }),
  rawHash(RAW_REDIS_JSON, { json: true }),
  { name: "Redis process", durability: "killed process", atomic: true, open: redis },
];

function raw(name: string, options: Parameters<typeof rawSqlite>[0]): Store {
  const durability = options.synchronous === "FULL" ? "power cut" : "killed process";
  return { name, durability, atomic: true, open: rawSqlite(options) };
}

function rawHash(name: string, options: Parameters<typeof rawRedis>[0]): Store {
  return { name, durability: "killed process", atomic: false, open: rawRedis(options) };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);

async function multiFile(folder: string, sessions: number): Promise<OpenStore> {
  const states = await Promise.all(
    names(sessions).map((name) => useMultiFileAuthState(join(folder, name))),
  );
  return opened(states.map(({ state }) => keysOf(state.keys)));
}

async function maps(_folder: string, sessions: number): Promise<OpenStore> {
  return opened(names(sessions).map(() => mapKeys()));
}

function mapKeys(): Keys {
  const records = new Map<string, unknown>();
  return {
    get: async (type, ids) =>
      Object.fromEntries(ids.map((id) => [id, records.get(`${type}-${id}`) ?? null])),
    set: async (data) => {
      for (const [type, family] of Object.entries(data)) {
        for (const [id, value] of Object.entries(family)) records.set(`${type}-${id}`, value);
      }
    },
  };
}

async function memory(_folder: string, sessions: number): Promise<OpenStore> {
  const handles = await Promise.all(names(sessions).map(() => useMemoryAuthState()));
  return opened(
    handles.map(({ state }) => keysOf(state.keys)),
    async () => void (await Promise.all(handles.map((handle) => handle.close()))),
  );
}

function files(durability: "commit" | "process"): Store["open"] {
  return async (folder, sessions) => {
    await mkdir(folder, { recursive: true });
    const handles = await Promise.all(
      names(sessions).map((name) => useFileAuthState(join(folder, name), { durability })),
    );
    return opened(
      handles.map(({ state }) => keysOf(state.keys)),
      async () => void (await Promise.all(handles.map((handle) => handle.close()))),
    );
  };
}

export function sqlite(
  name: string,
  options: SqliteBackendOptions & { readonly durability: "commit" | "process" },
  more: { readonly cacheBytes?: number } = {},
): Store {
  return {
    name,
    durability: options.durability === "commit" ? "power cut" : "killed process",
    atomic: true,
    open: async (folder, sessions) => {
      await mkdir(folder, { recursive: true });
      const backend = await sqliteBackend(join(folder, "auth.db"), options);
      const handles = await Promise.all(
        names(sessions).map((sessionId) =>
          openAuthState({ backend, sessionId, create: "if-missing", ...more }),
        ),
      );
      return opened(
        handles.map(({ state }) => keysOf(state.keys)),
        async () => {
          await Promise.all(handles.map((handle) => handle.close()));
          await backend[Symbol.asyncDispose]();
        },
      );
    },
  };
}

function opened(sessions: readonly Keys[], close = async (): Promise<void> => {}): OpenStore {
  return { sessions, [Symbol.asyncDispose]: close };
}
