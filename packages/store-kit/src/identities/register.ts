import type { IdentitySource } from "./identities.ts";

/** What one form was bound to, and when that was said first and last. */
export interface Tie {
  readonly other: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** What said so last. */
  readonly source: IdentitySource;
}

/**
 * All that is known of one form, newest first: the first tie is what holds, the rest is history.
 *
 * Adding ties is a join: in whatever order and however often they come, the register ends the same.
 */
export type Register = readonly Tie[];

/** Ties kept per form. */
const LONGEST_REGISTER = 8;

const WEAKEST_FIRST: readonly IdentitySource[] = [
  "auth-state",
  "import",
  "receipt",
  "history",
  "group",
  "app-state",
  "linked-profile",
  "stanza",
  "usync",
  "self",
];

export function addTie(register: Register, tie: Tie): Register {
  const known = register.find(({ other }) => other === tie.other);
  const rest = register.filter(({ other }) => other !== tie.other);
  const joined = known === undefined ? tie : join(known, tie);
  if (known !== undefined && isEqual(joined, known)) return register;
  return [...rest, joined].toSorted(newestFirst).slice(0, LONGEST_REGISTER);
}

/** Whether `source` is one of those there are: facts may come from a file. */
export function isSource(source: string): boolean {
  return WEAKEST_FIRST.some((known) => known === source);
}

function join(a: Tie, b: Tie): Tie {
  const later = newestFirst(a, b) <= 0 ? a : b;
  return { ...later, firstAtMs: Math.min(a.firstAtMs, b.firstAtMs) };
}

function newestFirst(a: Tie, b: Tie): number {
  return (
    b.lastAtMs - a.lastAtMs ||
    strength(b.source) - strength(a.source) ||
    // Neither is better, but everybody must choose the same.
    (a.other < b.other ? 1 : -Number(a.other > b.other))
  );
}

function strength(source: IdentitySource): number {
  return WEAKEST_FIRST.indexOf(source);
}

function isEqual(a: Tie, b: Tie): boolean {
  return a.firstAtMs === b.firstAtMs && a.lastAtMs === b.lastAtMs && a.source === b.source;
}
