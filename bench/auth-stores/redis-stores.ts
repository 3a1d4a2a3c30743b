// Redis, and the least that Redis can do for the same bytes: pipelined HSET, no codec, no owner, no cache.
import { createClient } from "redis";
import { openAuthState } from "@motte/auth-stores";
import { redisBackend } from "@motte/auth-stores/backends/redis";
import { startRedis } from "../../test/support/redis-server.ts";
import { type Keys, type OpenStore, keysOf } from "./keys.ts";
import { bytesOf, jsonOf } from "./payloads.ts";

/** Each store has a server of its own, which appends to its log every second, as Redis does by default. */
const SERVER = ["--appendonly", "yes", "--save", ""];

export async function redis(_folder: string, sessions: number): Promise<OpenStore> {
  const server = await startRedis(SERVER);
  const backend = await redisBackend(server.url, { durability: "process" });
  const handles = await Promise.all(
    Array.from({ length: sessions }, (_, index) =>
      openAuthState({ backend, sessionId: `s${index}`, create: "if-missing" }),
    ),
  );
  return {
    sessions: handles.map(({ state }) => keysOf(state.keys)),
    async [Symbol.asyncDispose]() {
      await Promise.all(handles.map((handle) => handle.close()));
      await backend[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** With `json`, the least of a codec is in it as well. */
export function rawRedis({ json }: { readonly json: boolean }) {
  return (_folder: string, sessions: number): Promise<OpenStore> =>
    openRaw(sessions, json ? jsonOf : bytesOf);
}

async function openRaw(
  sessions: number,
  encode: (value: unknown) => Uint8Array,
): Promise<OpenStore> {
  const server = await startRedis(SERVER);
  const client = createClient({ url: server.url });
  client.on("error", () => client.destroy());
  await client.connect();
  // The client sends everything that was asked for in one turn of the event loop as one pipeline.
  const keysAt = (sid: number): Keys => ({
    get: (type, ids) => client.hmGet(`${sid}:${type}`, ids),
    set: (data) =>
      Promise.all(
        Object.entries(data).map(([type, family]) =>
          client.hSet(
            `${sid}:${type}`,
            Object.entries(family).flatMap(([id, value]) => [id, Buffer.from(encode(value))]),
          ),
        ),
      ),
  });
  return {
    sessions: Array.from({ length: sessions }, (_, sid) => keysAt(sid)),
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}
