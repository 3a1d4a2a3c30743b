import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasCode } from "@motte/core/errors";
import type { JsStoreCallbacks } from "whatsapp-rust-bridge";

/** Everything the client keeps, one file for each value. The client takes the functions off the object. */
export function fileStore(folder: string): JsStoreCallbacks {
  const fileOf = (store: string, key: string): string =>
    join(folder, store, Buffer.from(key).toString("base64url"));
  return {
    async get(store, key) {
      try {
        return new Uint8Array(await readFile(fileOf(store, key)));
      } catch (error) {
        if (hasCode(error, "ENOENT")) return null;
        throw error;
      }
    },
    async set(store, key, value) {
      // A copy: the bytes belong to the WebAssembly memory, which moves when it grows.
      const bytes = Buffer.from(value);
      const file = fileOf(store, key);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    },
    async delete(store, key) {
      await rm(fileOf(store, key), { force: true });
    },
  };
}
