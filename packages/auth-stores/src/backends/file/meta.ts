import { isObject } from "../../codec/bytes.ts";
import { AuthStoreError } from "../../errors.ts";

const SCHEMA = 1;

/** What is known about a session's folder. */
export interface FolderMeta {
  readonly sessionId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Families in files named as Baileys would, which Baileys does not have. */
  readonly families: readonly string[];
  /** What callers store about the session, base64. */
  readonly meta: Readonly<Record<string, string>>;
}

export function encodeFolderMeta(meta: FolderMeta): Buffer {
  return Buffer.from(`${JSON.stringify({ schema: SCHEMA, ...meta }, undefined, 2)}\n`);
}

/** Throws `AUTH_STORE_SCHEMA_NEWER` for a folder from a newer version, `AUTH_STORE_CORRUPT` for an unreadable one. */
export function decodeFolderMeta(text: Buffer, file: string): FolderMeta {
  const stored = parse(text);
  if (!isObject(stored) || typeof stored["schema"] !== "number") throw corrupt(file);
  if (stored["schema"] > SCHEMA) {
    throw new AuthStoreError(
      "AUTH_STORE_SCHEMA_NEWER",
      `${file} was written by a newer version of this package (schema ${stored["schema"]}, known is ${SCHEMA}): ` +
        "upgrade it here",
    );
  }
  const { sessionId, createdAtMs, updatedAtMs, families, meta } = stored;
  if (
    typeof sessionId !== "string" ||
    typeof createdAtMs !== "number" ||
    typeof updatedAtMs !== "number" ||
    !Array.isArray(families) ||
    !isObject(meta)
  ) {
    throw corrupt(file);
  }
  return {
    sessionId,
    createdAtMs,
    updatedAtMs,
    families: families.map(String),
    meta: Object.fromEntries(Object.entries(meta).map(([name, value]) => [name, String(value)])),
  };
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function corrupt(file: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_CORRUPT",
    `${file} cannot be read and was left as it is: restore it from a backup, or move it away to start without what ` +
      "it says about the session",
  );
}
