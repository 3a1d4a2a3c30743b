import { createHash } from "node:crypto";
import { hasCode } from "@motte/core/errors";
import { MockServerError } from "../errors.ts";
import { type Json, fromJson, sorted, toJson } from "./json.ts";

const FORMAT = "motte-mock-world";
const VERSION = 1;

/**
 * The world of a mock server at one moment, as JSON: `JSON.stringify` it, keep it, and give it back to `restore`. Not
 * for editing: change a world through the server that has it.
 */
export interface WorldSnapshot {
  /** Tells a snapshot from other JSON. */
  readonly format: typeof FORMAT;
  /** Of the form of `parts`. A server reads its own version only. */
  readonly version: typeof VERSION;
  /** Of the server. Every key that is not in `parts` follows from it. */
  readonly seed: string;
  /** SHA-256 of `seed` and `parts`, in hexadecimal. */
  readonly digest: string;
  /** The parts of the world by name. Bytes are `{ "type": "Buffer", "data": "…" }` with base64. */
  readonly parts: { readonly [name: string]: Json };
}

/** A snapshot that was checked. */
export interface OpenedSnapshot {
  readonly seed: string;
  readonly parts: ReadonlyMap<string, unknown>;
}

/** Throws `MOCK_SNAPSHOT_UNSUPPORTED`, which names what no snapshot can hold. */
export function sealSnapshot(
  seed: string,
  parts: Iterable<readonly [string, unknown]>,
): WorldSnapshot {
  const json = toJsonObject(Object.fromEntries(parts));
  return { format: FORMAT, version: VERSION, seed, digest: digestOf(seed, json), parts: json };
}

/** Throws `MOCK_BAD_SNAPSHOT` for anything that is not just as `sealSnapshot` made it, with these parts. */
export function openSnapshot(snapshot: unknown, names: readonly string[]): OpenedSnapshot {
  const { format, version, seed, digest, parts } = fieldsOf(snapshot);
  if (format !== FORMAT) throw bad("This is no snapshot of a mock server");
  if (version !== VERSION) {
    throw bad(`This snapshot has version ${String(version)}, and this server reads ${VERSION}`);
  }
  const json = asJson(parts);
  if (typeof seed !== "string" || digest !== digestOf(seed, json)) {
    throw bad("This snapshot was changed since it was taken");
  }
  const held = Object.keys(json);
  const other =
    names.find((name) => !held.includes(name)) ?? held.find((each) => !names.includes(each));
  if (other !== undefined) {
    throw bad(`This snapshot is of another release: the part "${other}" is not in both`);
  }
  return {
    seed,
    parts: new Map(Object.entries(json).map(([name, part]) => [name, fromJson(part)])),
  };
}

/** Whether this is a snapshot that this release can read; what is in it may still be damaged. */
export function isSnapshot(value: unknown): value is WorldSnapshot {
  const { format, version } = fieldsOf(value);
  return format === FORMAT && version === VERSION;
}

/** The seed of a snapshot, which may still be wrong in other ways. */
export function seedOf(snapshot: unknown): string {
  const { seed } = fieldsOf(snapshot);
  if (typeof seed === "string" && seed !== "") return seed;
  throw bad("This is no snapshot of a mock server");
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** Bytes may have been revived by whoever kept the snapshot. */
function asJson(parts: unknown): { readonly [name: string]: Json } {
  try {
    if (!Array.isArray(parts)) return toJsonObject(fieldsOf(parts));
  } catch (error) {
    if (!hasCode(error, "MOCK_SNAPSHOT_UNSUPPORTED")) throw error;
  }
  throw bad("This snapshot was changed since it was taken");
}

function toJsonObject(parts: Readonly<Record<string, unknown>>): { readonly [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, toJson(part, name)]),
  );
}

function digestOf(seed: string, parts: { readonly [name: string]: Json }): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted([seed, parts])))
    .digest("hex");
}

function bad(what: string): MockServerError {
  return new MockServerError(
    "MOCK_BAD_SNAPSHOT",
    `${what}: take a new one with server.snapshot(). The world is as it was`,
  );
}
