/** What an error shows, read without trusting its shape: Boom copies of several versions meet in one program. */
export interface Evidence {
  /** Nothing at all was given, as by `sock.end(undefined)`. */
  readonly nothing: boolean;
  readonly statusCode: number | undefined;
  readonly message: string;
  readonly data: unknown;
}

/** Reads a Boom, an Error, a plain copy of either, Baileys' `lastDisconnect`, a bare number or nothing. */
export function readEvidence(input: unknown): Evidence {
  const error = unwrapLastDisconnect(input);
  if (typeof error === "number") {
    return { nothing: false, statusCode: finiteNumber(error), message: "", data: undefined };
  }
  if (typeof error === "string") {
    return { nothing: false, statusCode: undefined, message: error, data: undefined };
  }
  return {
    nothing: error === undefined || error === null,
    statusCode: finiteNumber(property(property(error, "output"), "statusCode")),
    message: text(property(error, "message")) ?? "",
    data: property(error, "data"),
  };
}

/** A property of anything. A getter or proxy that throws has told us nothing, which is what absence means. */
export function property(from: unknown, key: string): unknown {
  if ((typeof from !== "object" && typeof from !== "function") || from === null) return undefined;
  try {
    return Reflect.get(from, key);
  } catch {
    return undefined;
  }
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A number as it is, or as a stanza attribute writes it. */
export function numeric(value: unknown): number | undefined {
  if (typeof value === "string" && value.trim() !== "") return finiteNumber(Number(value));
  return finiteNumber(value);
}

function finiteNumber(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  // JSON has no negative zero.
  return value + 0;
}

// `connection.update` hands out `{ error, date }`; code that passes it on whole is common.
function unwrapLastDisconnect(input: unknown): unknown {
  const wrapped = property(input, "date") !== undefined && has(input, "error");
  return wrapped ? property(input, "error") : input;
}

function has(value: unknown, key: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    return Reflect.has(value, key);
  } catch {
    return false;
  }
}
