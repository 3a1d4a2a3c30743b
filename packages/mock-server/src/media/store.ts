import type { Clock } from "@motte/core/clock";
import { sha256 } from "./encryption.ts";

/** A file on the media host. */
export interface StoredMedia {
  /** The SHA-256 of the bytes, in base64url without padding: where it was uploaded to. */
  readonly token: string;
  /** The part of the upload path that says what it is, like `image`. */
  readonly kind: string;
  readonly bytes: Buffer;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly storedAt: number;
}

/** What a download finds: the file, that there was one, or nothing. */
export type MediaLookup = StoredMedia | "expired" | "unknown";

/** Enough for the tests of a bot, and no reason for a process to grow without end. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The files clients and people have uploaded. The oldest make way for new ones. */
export class MediaStore {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #files = new Map<string, StoredMedia>();
  readonly #expired = new Set<string>();
  #size = 0;

  constructor(clock: Clock, maxBytes: number = MAX_BYTES) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /** All files, oldest first. */
  get files(): readonly StoredMedia[] {
    return [...this.#files.values()];
  }

  add(kind: string, bytes: Buffer): StoredMedia {
    const token = sha256(bytes).toString("base64url");
    this.#drop(token);
    const file = { token, kind, bytes, storedAt: this.#clock.now() };
    this.#files.set(token, file);
    this.#expired.delete(token);
    this.#size += bytes.length;
    for (const oldest of this.#files.keys()) {
      if (this.#size <= this.#maxBytes || oldest === token) break;
      this.expire(oldest);
    }
    return file;
  }

  find(token: string): MediaLookup {
    return this.#files.get(token) ?? (this.#expired.has(token) ? "expired" : "unknown");
  }

  /** Takes a file away, as the real host does after some weeks. False when there is none. */
  expire(token: string): boolean {
    if (!this.#drop(token)) return false;
    this.#expired.add(token);
    return true;
  }

  #drop(token: string): boolean {
    const file = this.#files.get(token);
    if (file === undefined) return false;
    this.#files.delete(token);
    this.#size -= file.bytes.length;
    return true;
  }
}
