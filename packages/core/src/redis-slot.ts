// Redis Cluster specification, "Key distribution model" and "Hash tags".
const SLOTS = 16_384;
const CRC16_XMODEM = 0x1021;

/** The cluster slot of a key: of its first non-empty `{hash tag}`, else of the whole key. */
export function keySlot(key: string): number {
  const open = key.indexOf("{");
  const close = open === -1 ? -1 : key.indexOf("}", open + 1);
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (const byte of Buffer.from(hashed)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ CRC16_XMODEM) & 0xffff;
    }
  }
  return crc % SLOTS;
}
