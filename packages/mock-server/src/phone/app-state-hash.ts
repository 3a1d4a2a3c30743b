import { hkdfSync } from "node:crypto";

const HASH_BYTES = 128;

export type LtHashSnapshot = readonly (readonly [string, Buffer])[];

/**
 * The sum of everything a collection holds, whatever order it came in: 64 numbers of 16 bits. A value is added when
 * it is set, and the one it replaces is subtracted.
 */
export class LtHash {
  readonly #sum = new Uint16Array(HASH_BYTES / 2);
  readonly #values = new Map<string, Buffer>();

  set(indexMac: Uint8Array, valueMac: Buffer): void {
    this.remove(indexMac);
    this.#values.set(keyOf(indexMac), valueMac);
    this.#add(valueMac, 1);
  }

  remove(indexMac: Uint8Array): void {
    const key = keyOf(indexMac);
    const valueMac = this.#values.get(key);
    if (valueMac === undefined) return;
    this.#values.delete(key);
    this.#add(valueMac, -1);
  }

  /** What was set, by index: the sum follows from it. */
  toSnapshot(): LtHashSnapshot {
    return [...this.#values];
  }

  static restore(values: LtHashSnapshot): LtHash {
    const hash = new LtHash();
    for (const [index, valueMac] of values) hash.set(Buffer.from(index, "base64"), valueMac);
    return hash;
  }

  /** 128 bytes, each number with its low byte first. */
  digest(): Buffer {
    const bytes = Buffer.alloc(HASH_BYTES);
    for (const [position, number] of this.#sum.entries()) bytes.writeUInt16LE(number, position * 2);
    return bytes;
  }

  #add(valueMac: Buffer, sign: 1 | -1): void {
    const expanded = Buffer.from(
      hkdfSync("sha256", valueMac, "", "WhatsApp Patch Integrity", HASH_BYTES),
    );
    for (const [position, number] of this.#sum.entries()) {
      // Wraps around at 16 bits, in both directions.
      this.#sum[position] = number + sign * expanded.readUInt16LE(position * 2);
    }
  }
}

function keyOf(indexMac: Uint8Array): string {
  return Buffer.from(indexMac).toString("base64");
}
