/** In how many letters a word may differ from what was meant. */
const mistyped = (meant: string): number => Math.max(1, Math.floor(meant.length / 3));
// More than these nobody compares.
const MOST = 3;

/** `; did you mean "mock"?` for a word close to a known one, or for the beginning of a few; else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const [nearest] = near(word, known, mistyped);
  return nearest === undefined ? asked(begunBy(word, known)) : asked([nearest]);
}

/** The same for names of several words, `stream-error`: up to three, also those that share a word with it. */
export function didYouMeanOneOf(word: string, known: readonly string[]): string {
  const close = near(word, known, mistyped);
  const kin = near(word, known, () => Infinity).filter((candidate) => shareWord(word, candidate));
  return asked([...new Set([...close, ...kin])].slice(0, MOST));
}

function asked(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  const last = quoted.pop();
  if (last === undefined) return "";
  return `; did you mean ${quoted.length === 0 ? last : `${quoted.join(", ")} or ${last}`}?`;
}

/** Those within a distance, the nearest first. */
function near(
  word: string,
  known: readonly string[],
  limit: (candidate: string) => number,
): readonly string[] {
  return known
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ candidate, distance }) => distance <= limit(candidate))
    .toSorted((one, other) => one.distance - other.distance)
    .map(({ candidate }) => candidate);
}

/** Those of which only the beginning was typed; none where that could be anything. */
function begunBy(word: string, known: readonly string[]): readonly string[] {
  if (word.replace(/^-+/, "").length < 2) return [];
  const begun = known.filter((candidate) => candidate.startsWith(word));
  return begun.length > MOST ? [] : begun;
}

function shareWord(one: string, other: string): boolean {
  const words = other.split("-").filter((word) => word.length > 2);
  return one.split("-").some((word) => near(word, words, () => 1).length > 0);
}

/** Letters to add, drop, change or swap with their neighbour (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    before = above;
    above = current;
  }
  return above[to.length] ?? 0;
}
