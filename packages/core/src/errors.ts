export interface MotteErrorOptions extends ErrorOptions {
  /** Whether the same call may succeed later without anyone changing anything. @defaultValue `false` */
  readonly retryable?: boolean;
}

/**
 * Base of every error Motte throws.
 *
 * Branch on `code`: it is part of the API. The message is for people, says what to do, may change, and never
 * carries key material, message text or a phone number.
 */
export class MotteError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly retryable: boolean;

  constructor(code: Code, message: string, options: MotteErrorOptions = {}) {
    const { retryable = false, ...rest } = options;
    super(message, rest);
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
  }
}

/** True for an error with this code, even one from another installed copy of the package. */
export function hasCode<Code extends string>(
  error: unknown,
  code: Code,
): error is Error & { readonly code: Code } {
  return error instanceof Error && "code" in error && error.code === code;
}

export type UsageErrorCode =
  | "USAGE_INVALID_OPTION"
  | "USAGE_UNKNOWN_OPTION"
  | "USAGE_MISSING_PEER"
  | "USAGE_UNREADABLE_PATH"
  | "USAGE_CLOSED";

/** The caller asked for something that cannot be done as asked. Thrown before anything is changed. */
export class UsageError extends MotteError<UsageErrorCode> {}
