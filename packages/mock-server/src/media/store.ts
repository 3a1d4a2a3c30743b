import type { Clock } from "@motte/core/clock";
import { sha256 } from "./encryption.ts";
import { DAYS_KEPT, PICTURE_KIND } from "./paths.ts";

/** A file on the media host. */
export interface StoredMedia {
  /** The SHA-256 of the bytes, in base64url without padding: where it was uploaded to. */
  readonly token: string;
  /** What the upload path says it is, like `image`; `picture` for profile pictures. */
  readonly kind: string;
  /** As it was uploaded: encrypted, with its code at the end. */
  readonly bytes: Buffer;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly storedAt: number;
}

/** What a download finds: the file, that there was one, or nothing. */
export type MediaLookup = StoredMedia | "expired" | "unknown";

export interface MediaSnapshot {
  readonly files: readonly StoredMedia[];
  readonly gone: readonly { readonly token: string; readonly file?: StoredMedia }[];
}

/** Enough for the tests of a bot, and no reason for a process to grow without end. */
const MAX_BYTES = 256 * 1024 * 1024;
const MS_KEPT = DAYS_KEPT * 24 * 60 * 60 * 1_000;

/** The files clients and people have uploaded. The oldest make way for new ones. */
export class MediaStore {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #files = new Map<string, StoredMedia>();
  /** Tokens of files the host has no more; with the bytes, where whoever sent or got the file still has it. */
  readonly #gone = new Map<string, StoredMedia | undefined>();
  #size = 0;

  constructor(clock: Clock, maxBytes: number = MAX_BYTES) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /** All files, oldest first. */
  get files(): readonly StoredMedia[] {
    this.#expireOld();
    return [...this.#files.values()];
  }

  add(kind: string, bytes: Buffer): StoredMedia {
    const token = sha256(bytes).toString("base64url");
    this.remove(token);
    const file = { token, kind, bytes, storedAt: this.#clock.now() };
    this.#gone.delete(token);
    this.#files.set(token, file);
    this.#size += bytes.length;
    this.#makeRoom(token);
    return file;
  }

  find(token: string): MediaLookup {
    this.#expireOld();
    return this.#files.get(token) ?? (this.#gone.has(token) ? "expired" : "unknown");
  }

  /** Takes a file from the host, as happens after some weeks; a phone that has it can upload it again. */
  expire(token: string): boolean {
    const file = this.#files.get(token);
    if (file === undefined) return false;
    this.#files.delete(token);
    this.#gone.set(token, file);
    return true;
  }

  /** Uploads an expired file again. `undefined` when nobody has it. */
  restore(token: string): StoredMedia | undefined {
    const file = this.#files.get(token) ?? this.#gone.get(token);
    return file && this.add(file.kind, file.bytes);
  }

  /** Forgets the bytes for good. */
  remove(token: string): void {
    const file = this.#files.get(token) ?? this.#gone.get(token);
    if (file === undefined) return;
    this.#files.delete(token);
    this.#gone.set(token, undefined);
    this.#size -= file.bytes.length;
  }

  /** Files stay for a month, profile pictures until they are replaced. */
  #expireOld(): void {
    const oldest = this.#clock.now() - MS_KEPT;
    for (const { token, kind, storedAt } of this.#files.values()) {
      if (storedAt <= oldest && kind !== PICTURE_KIND) this.expire(token);
    }
  }

  toSnapshot(): MediaSnapshot {
    return {
      files: this.files,
      gone: [...this.#gone].map(([token, file]) => ({ token, ...(file && { file }) })),
    };
  }

  fromSnapshot({ files, gone }: MediaSnapshot): void {
    this.#files.clear();
    this.#gone.clear();
    for (const file of files) this.#files.set(file.token, file);
    for (const { token, file } of gone) this.#gone.set(token, file);
    const kept = [...this.#files.values(), ...this.#gone.values()];
    this.#size = kept.reduce((size, file) => size + (file?.bytes.length ?? 0), 0);
  }

  #makeRoom(newest: string): void {
    const oldestFirst = [...this.#gone.keys(), ...this.#files.keys()];
    for (const token of oldestFirst) {
      if (this.#size <= this.#maxBytes) return;
      if (token !== newest) this.remove(token);
    }
  }
}
