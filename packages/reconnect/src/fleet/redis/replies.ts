// Commands are sent raw, so their answers are checked here rather than trusted.

export function text(reply: unknown): string {
  if (typeof reply === "string") return reply;
  if (Buffer.isBuffer(reply)) return reply.toString();
  throw unexpected("a text");
}

export function list(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected("a list");
}

export function number(reply: unknown): number {
  const value = Number(text(reply));
  if (Number.isFinite(value)) return value;
  throw unexpected("a number");
}

function unexpected(what: string): Error {
  return new Error(`Redis did not answer with ${what}`);
}
