import { readFile } from "node:fs/promises";
import { UsageError } from "@motte/core/errors";
import type { KeyProvider } from "./key-provider.ts";
import { KEY_BYTES, secretKey } from "./secret-key.ts";

/** A `secretKey` from a file that holds its 32 bytes, or its 64 hexadecimal digits and nothing else. */
export async function keyFile(path: string): Promise<KeyProvider> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The key file ${path} cannot be read: name another, or give this user access`,
      { cause: error },
    );
  }
  return secretKey(content.length === KEY_BYTES ? content : content.toString("utf8").trim());
}

/** A `secretKey` from an environment variable that holds its 64 hexadecimal digits. */
export function keyFromEnvironment(name: string): KeyProvider {
  const text = process.env[name];
  if (text !== undefined && text !== "") return secretKey(text.trim());
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `The environment variable ${name} is not set: put the key into it, 64 hexadecimal digits`,
  );
}
