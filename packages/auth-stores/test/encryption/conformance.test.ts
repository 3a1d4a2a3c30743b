import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { type ConformancePlace, testBackend } from "@motte/auth-stores/conformance";
import { type SealedOptions, sealed, secretKey } from "@motte/auth-stores/encryption";
import { describe } from "vitest";
import { runner } from "../support/runner.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const keys = secretKey(Buffer.alloc(32, 7));

async function memoryPlace(options: Partial<SealedOptions>): Promise<ConformancePlace> {
  const place = new MemoryPlace();
  return {
    open: async (clock) => sealed(memoryBackend({ place, clock }), { keys, ...options }),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function sqlitePlace(options: Partial<SealedOptions>): Promise<ConformancePlace> {
  const folder = await temporaryFolder();
  const file = folder.file("auth.db");
  return {
    open: async (clock) => sealed(await sqliteBackend(file, { clock }), { keys, ...options }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe("the memory backend, sealed", () => {
  testBackend(runner, { createPlace: () => memoryPlace({}) });
});

describe("the memory backend, sealed, with hidden ids and a new data key every few writes", () => {
  testBackend(runner, { createPlace: () => memoryPlace({ hideIds: true, rotateAfterWrites: 7 }) });
});

describe("the SQLite backend, sealed", () => {
  testBackend(runner, { createPlace: () => sqlitePlace({}) });
});

describe("the SQLite backend, sealed, with hidden ids", () => {
  testBackend(runner, { createPlace: () => sqlitePlace({ hideIds: true }) });
});
