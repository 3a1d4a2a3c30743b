import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasCode } from "@motte/core/errors";
import type { JsStoreCallbacks } from "whatsapp-rust-bridge";

/**
 * Everything the client keeps, one file for each value. The client takes the functions off the object.
 *
 * It reads values while it writes them: done in one go, a reader never sees half of one.
 */
export function fileStore(folder: string): JsStoreCallbacks {
  const fileOf = (store: string, key: string): string =>
    join(folder, store, Buffer.from(key).toString("base64url"));
  return {
    async get(store, key) {
      try {
        return new Uint8Array(readFileSync(fileOf(store, key)));
      } catch (error) {
        if (hasCode(error, "ENOENT")) return null;
        throw error;
      }
    },
    async set(store, key, value) {
      const file = fileOf(store, key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, value);
      renameSync(`${file}.new`, file);
    },
    async delete(store, key) {
      rmSync(fileOf(store, key), { force: true });
    },
  };
}
