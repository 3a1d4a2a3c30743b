/** The tables of one part of the package, and how they came to be what they are. */
export interface SchemaPart {
  /** Names the part in the database, so it never changes. */
  readonly name: string;
  /** SQL that brings the part from version n to n + 1. A released upgrade is never edited: append the next. */
  readonly upgrades: readonly string[];
}
