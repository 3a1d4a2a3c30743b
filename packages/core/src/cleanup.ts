/**
 * Undo steps, run last in, first out. Node 20 has no `AsyncDisposableStack`.
 *
 * Every step runs even when an earlier one throws; the errors come out together at the end.
 */
export class CleanupStack implements AsyncDisposable {
  #steps: (() => unknown)[] = [];

  /** Adds a step that runs at disposal. */
  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Disposes `resource` at the end and hands it back. */
  use<T extends AsyncDisposable | Disposable>(resource: T): T {
    this.defer(() =>
      Symbol.asyncDispose in resource
        ? resource[Symbol.asyncDispose]()
        : resource[Symbol.dispose](),
    );
    return resource;
  }

  /** Runs the steps. A second call does nothing. */
  async dispose(): Promise<void> {
    const errors: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, "Several clean-up steps failed");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
