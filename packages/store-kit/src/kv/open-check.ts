import { UsageError } from "@motte/core/errors";

/** Whether something shared by many namespaces is still open. */
export class OpenCheck {
  readonly #what: string;
  #closed = false;

  constructor(what: string) {
    this.#what = what;
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** True the first time. */
  close(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    return true;
  }

  /** @throws UsageError `USAGE_CLOSED` */
  assertOpen(): void {
    if (!this.#closed) return;
    throw new UsageError("USAGE_CLOSED", `${this.#what} has been closed: open another`);
  }
}
