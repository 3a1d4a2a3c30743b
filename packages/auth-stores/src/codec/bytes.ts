/**
 * Reads what stands at a place that can only hold bytes, in any form a Baileys store has ever written there;
 * `undefined` when it is none of them. The result shares no memory with `value`.
 */
export function bytesFrom(value: unknown): Buffer | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value);
  // protobufjs toJSON() writes bytes as base64.
  if (typeof value === "string") return Buffer.from(value, "base64");
  if (Array.isArray(value)) return bytesFromNumbers(value);
  if (!isObject(value)) return undefined;
  return bytesFromTag(value) ?? bytesFromIndexMap(value);
}

/**
 * Reads the marked forms, which mean bytes wherever they stand:
 * `{type:"Buffer",data:base64}` (Baileys 6 and 7), `{type:"Buffer",data:[…]}` (plain `JSON.stringify` of a Buffer),
 * `{buffer:true,data:base64}` and `{buffer:true,value:[…]}` (Baileys 3 and 4).
 */
export function bytesFromTag(value: object): Buffer | undefined {
  const tagged =
    ("type" in value && value.type === "Buffer") || ("buffer" in value && value.buffer === true);
  if (!tagged) return undefined;
  const content = "data" in value ? value.data : "value" in value ? value.value : undefined;
  if (typeof content === "string") return Buffer.from(content, "base64");
  if (Array.isArray(content)) return bytesFromNumbers(content);
  return undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** `{"0":1,"1":2}`, which plain `JSON.stringify` makes of a Uint8Array. */
function bytesFromIndexMap(value: Record<string, unknown>): Buffer | undefined {
  const keys = Object.keys(value);
  if (keys.some((key, index) => key !== String(index))) return undefined;
  return bytesFromNumbers(Object.values(value));
}

function bytesFromNumbers(values: readonly unknown[]): Buffer | undefined {
  const numbers = values.filter(isByte);
  return numbers.length === values.length ? Buffer.from(numbers) : undefined;
}

function isByte(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
}
