// The least that a power cut leaves: every set is one write at the end of a file, and one flush.
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Keys, OpenStore } from "./keys.ts";
import { bytesOf } from "./payloads.ts";

export async function flushedLog(folder: string, sessions: number): Promise<OpenStore> {
  await mkdir(folder, { recursive: true });
  const logs = Array.from({ length: sessions }, (_, sid) => openSync(join(folder, `${sid}`), "w"));
  return {
    sessions: logs.map((log) => keysIn(log)),
    [Symbol.asyncDispose]: async () => {
      for (const log of logs) closeSync(log);
    },
  };
}

function keysIn(log: number): Keys {
  const records = new Map<string, Uint8Array>();
  return {
    get: (type, ids) => ids.map((id) => records.get(`${type}-${id}`)),
    set: (data) => {
      const parts: Uint8Array[] = [];
      for (const [type, family] of Object.entries(data)) {
        for (const [id, value] of Object.entries(family)) {
          const bytes = bytesOf(value);
          records.set(`${type}-${id}`, bytes);
          parts.push(bytes);
        }
      }
      writeSync(log, Buffer.concat(parts));
      fdatasyncSync(log);
    },
  };
}
