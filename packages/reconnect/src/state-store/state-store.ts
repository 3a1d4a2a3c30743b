/** Where the state of a supervisor is kept, so that a restart of the process is no way round a wait. */
export interface StateStore {
  /** What was saved last, or `undefined` when nothing ever was. Anything that cannot be read is a rejection. */
  load(): Promise<unknown>;
  /** Keeps plain JSON in place of what was there. Resolves when a crash cannot undo it. Never called twice at once. */
  save(json: unknown): Promise<void>;
}
