/** The bytes with one bit of one byte changed. A negative position counts from the end. */
export function flipped(bytes: Uint8Array, position: number): Buffer {
  const changed = Buffer.from(bytes);
  const index = position < 0 ? changed.length + position : position;
  if (index >= 0 && index < changed.length) changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
  return changed;
}
