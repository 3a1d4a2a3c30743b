/** As much as one upload may have. */
const MAX_BYTES = 104_857_600;

/** The beginnings by token, oldest first. */
export type PartialUploadsSnapshot = readonly (readonly [string, Buffer])[];

/** What came of uploads that were cut off, until a client sends the rest. No part of it is ever given out. */
export class PartialUploads {
  readonly #maxBytes: number;
  readonly #uploads = new Map<string, Buffer>();

  constructor(maxBytes: number = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** How much of a file is there: where a client goes on. */
  offset(token: string): number {
    return this.#uploads.get(token)?.length ?? 0;
  }

  /** The first `offset` bytes of a file; `undefined` when there are not so many. */
  beginning(token: string, offset: number): Buffer | undefined {
    if (offset === 0) return Buffer.alloc(0);
    const known = this.#uploads.get(token);
    return known !== undefined && offset > 0 && offset <= known.length
      ? known.subarray(0, offset)
      : undefined;
  }

  /** Keeps the beginning of a file, the longest there was. The oldest beginnings make way. */
  keep(token: string, beginning: Buffer): void {
    if (beginning.length <= this.offset(token)) return;
    this.#uploads.delete(token);
    this.#uploads.set(token, beginning);
    let size = 0;
    for (const bytes of this.#uploads.values()) size += bytes.length;
    for (const [oldest, bytes] of this.#uploads) {
      if (size <= this.#maxBytes) return;
      this.#uploads.delete(oldest);
      size -= bytes.length;
    }
  }

  forget(token: string): void {
    this.#uploads.delete(token);
  }

  toSnapshot(): PartialUploadsSnapshot {
    return [...this.#uploads];
  }

  fromSnapshot(uploads: PartialUploadsSnapshot): void {
    this.#uploads.clear();
    for (const [token, beginning] of uploads) this.#uploads.set(token, beginning);
  }
}
