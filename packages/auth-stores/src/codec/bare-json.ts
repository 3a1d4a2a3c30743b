const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const ARRAY = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const FIRST_IN_TEXT = 0x20;
const WORDS: ReadonlyMap<number, Buffer> = new Map(
  ["true", "false", "null"].map((word) => [word.charCodeAt(0), Buffer.from(word)]),
);
// Far deeper than any record, and far from what the stack holds.
const DEEPEST = 64;
const NOT_BARE = -1;

/**
 * Whether what stands in `bytes` from `start` on is certainly JSON, without making anything of it, which takes a
 * fraction of the time.
 *
 * It knows JSON as `JSON.stringify` writes it, as far as no text needs an escape and every number is whole. False says
 * nothing: ask `JSON.parse`.
 */
export function isBareJson(bytes: Uint8Array, start: number): boolean {
  return endOfValue(bytes, start, 0) === bytes.length;
}

// Each of these gives back where the next thing starts, or NOT_BARE.
function endOfValue(bytes: Uint8Array, at: number, depth: number): number {
  const first = bytes[at] ?? NOT_BARE;
  if (first === QUOTE) return endOfText(bytes, at + 1);
  if (first === OBJECT) return endOfObject(bytes, at + 1, depth + 1);
  if (first === ARRAY) return endOfArray(bytes, at + 1, depth + 1);
  const word = WORDS.get(first);
  return word === undefined ? endOfInteger(bytes, at) : endOfWord(bytes, at, word);
}

function endOfText(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  for (let at = from; at < length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at + 1;
    // Whatever is no UTF-8 becomes a replacement character, which is text, too.
    if (byte < FIRST_IN_TEXT || byte === BACKSLASH) return NOT_BARE;
  }
  return NOT_BARE;
}

function endOfObject(bytes: Uint8Array, from: number, depth: number): number {
  if (depth > DEEPEST) return NOT_BARE;
  if (bytes[from] === OBJECT_END) return from + 1;
  for (let at = from; bytes[at] === QUOTE; at++) {
    const colon = endOfText(bytes, at + 1);
    if (colon === NOT_BARE || bytes[colon] !== COLON) return NOT_BARE;
    at = endOfValue(bytes, colon + 1, depth);
    if (at === NOT_BARE) return NOT_BARE;
    if (bytes[at] === OBJECT_END) return at + 1;
    if (bytes[at] !== COMMA) return NOT_BARE;
  }
  return NOT_BARE;
}

function endOfArray(bytes: Uint8Array, from: number, depth: number): number {
  if (depth > DEEPEST) return NOT_BARE;
  if (bytes[from] === ARRAY_END) return from + 1;
  for (let at = from; at < bytes.length; at++) {
    at = endOfValue(bytes, at, depth);
    if (at === NOT_BARE) return NOT_BARE;
    if (bytes[at] === ARRAY_END) return at + 1;
    if (bytes[at] !== COMMA) return NOT_BARE;
  }
  return NOT_BARE;
}

function endOfWord(bytes: Uint8Array, at: number, word: Uint8Array): number {
  for (let index = 0; index < word.length; index++) {
    if (bytes[at + index] !== word[index]) return NOT_BARE;
  }
  return at + word.length;
}

// A fraction or an exponent stands behind it as something that does not belong there.
function endOfInteger(bytes: Uint8Array, from: number): number {
  const start = bytes[from] === MINUS ? from + 1 : from;
  let at = start;
  while (isDigit(bytes[at])) at++;
  if (at === start || (bytes[start] === ZERO && at > start + 1)) return NOT_BARE;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
