/** How far a migration is. Phases follow in this order; after an interruption it starts again with `reading`. */
export interface MigrationProgress {
  readonly phase: "reading" | "copying" | "verifying" | "done";
  /** Records done in this phase. */
  readonly done: number;
  /** Records there are; `undefined` while they are being counted. */
  readonly total: number | undefined;
}
