// Values in the shapes and sizes that Baileys stores. Every one differs from every other: SQLite leaves out pages that
// did not change, and a benchmark that rewrites the same bytes looks several times too fast.
import { type Random, seededRandom } from "@motte/core/random";

const random: Random = seededRandom("bench");
const POOL = Buffer.from(random.bytes(200_000)).toString("base64");

/** What a value is in bytes, for the rival that has no codec; made before the clock runs. */
const rawBytes = new WeakMap<object, Uint8Array>();

/** The least that a codec does: JSON, and bytes as they are. */
export function jsonOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? bytesOf(value) : Buffer.from(JSON.stringify(value));
}

/** The bytes of a value, for a rival without a codec. */
export function bytesOf(value: unknown): Uint8Array {
  if (typeof value === "string") return Buffer.from(value);
  const bytes = typeof value === "object" && value !== null ? rawBytes.get(value) : undefined;
  if (bytes === undefined) throw new TypeError("this payload has no bytes prepared");
  return bytes;
}

function text(length: number): string {
  const start = Math.floor(random.next() * (POOL.length - length));
  return POOL.slice(start, start + length);
}

/** Half of all sessions are about a kilobyte, one in twenty 10 kB, one in a hundred 100 kB. */
function sessionSize(): number {
  const where = random.next();
  if (where < 0.9) return 900 + Math.floor(random.next() * 600);
  if (where < 0.99) return 2_000 + Math.floor(random.next() * 8_000);
  return 20_000 + Math.floor(random.next() * 80_000);
}

/** A libsignal session: nested text, no bytes. */
export function session(): object {
  const chains: Record<string, object> = {};
  for (let left = sessionSize(); left > 0; left -= 150) {
    chains[text(44)] = { chainKey: { counter: 3, key: text(44) }, chainType: 2, messageKeys: {} };
  }
  const value = {
    _sessions: { [text(44)]: { registrationId: 7, _chains: chains } },
    version: "v1",
  };
  rawBytes.set(value, Buffer.from(JSON.stringify(value)));
  return value;
}

export function preKey(): object {
  const [publicKey, privateKey] = [Buffer.from(random.bytes(32)), Buffer.from(random.bytes(32))];
  const value = { public: publicKey, private: privateKey };
  rawBytes.set(value, Buffer.concat([publicKey, privateKey]));
  return value;
}

/** One's own sender key of a group, which libsignal lets grow by about 165 bytes with every message. */
export function senderKey(bytes: number): object {
  const value = Buffer.from(text(Math.min(bytes, POOL.length - 1)));
  rawBytes.set(value, value);
  return value;
}

export function deviceList(): object {
  const value = ["0", "7", text(2)];
  rawBytes.set(value, Buffer.from(JSON.stringify(value)));
  return value;
}

export function senderKeyMemory(devices: number): object {
  const value: Record<string, boolean> = {};
  for (let device = 0; device < devices; device++) value[`${device}00000000:1@lid`] = true;
  rawBytes.set(value, Buffer.from(JSON.stringify(value)));
  return value;
}

export function lid(): string {
  return String(100_000_000_000_000 + Math.floor(random.next() * 800_000_000_000_000));
}
