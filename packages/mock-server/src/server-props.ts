import { createHash } from "node:crypto";
import { UsageError } from "@motte/core/errors";

export interface ServerPropsSnapshot {
  readonly refreshId: number;
  readonly values: readonly (readonly [string, string])[];
}

/** Switches clients ask for after login. None is set at first, so clients keep to their defaults. */
export class ServerProps {
  readonly #values = new Map<string, string>();
  #refreshId = 1;

  /**
   * Sets a switch by its number. Clients fetch all of them at their next login. Baileys reads 10518 (send the
   * trusted-contact token with messages), 9666 (with picture requests) and 14303 (issue it to the LID).
   */
  set(code: string | number, value: string | number | boolean): void {
    if (!/^\d+$/.test(String(code))) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "The code of a server prop is a number, like 10518",
      );
    }
    this.#values.set(String(code), String(value));
    this.#refreshId++;
  }

  get(code: string | number): string | undefined {
    return this.#values.get(String(code));
  }

  delete(code: string | number): void {
    if (this.#values.delete(String(code))) this.#refreshId++;
  }

  /** @internal */
  get entries(): readonly (readonly [string, string])[] {
    return [...this.#values];
  }

  /** @internal Counts the changes. */
  get refreshId(): number {
    return this.#refreshId;
  }

  /** @internal */
  toSnapshot(): ServerPropsSnapshot {
    return { refreshId: this.#refreshId, values: this.entries };
  }

  /** @internal */
  fromSnapshot({ refreshId, values }: ServerPropsSnapshot): void {
    this.#refreshId = refreshId;
    this.#values.clear();
    for (const [code, value] of values) this.#values.set(code, value);
  }

  /** @internal Follows from what is set. */
  get hash(): string {
    const pairs = this.entries.map((pair) => pair.join("=")).toSorted();
    return createHash("sha256").update(pairs.join()).digest("hex").slice(0, 12);
  }
}
