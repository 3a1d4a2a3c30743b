import { MotteError, UsageError, type UsageErrorCode } from "@motte/core/errors";
import { AuthStoreError, type AuthStoreErrorCode } from "../../errors.ts";

/** An error on its way between threads, where classes and codes of their own do not survive. */
export type ErrorMessage =
  | (Described & {
      readonly kind: "auth-store";
      readonly code: AuthStoreErrorCode;
      readonly retryable: boolean;
      readonly sessionId: string | undefined;
      readonly owner: string | undefined;
      readonly expiresInMs: number | undefined;
    })
  | (Described & { readonly kind: "usage"; readonly code: UsageErrorCode })
  | (Described & { readonly kind: "other"; readonly code: unknown; readonly retryable: boolean });

interface Described {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: ErrorMessage | undefined;
}

export function messageOfError(error: unknown): ErrorMessage {
  if (!(error instanceof Error)) {
    return {
      ...described(new TypeError(String(error))),
      kind: "other",
      code: undefined,
      retryable: false,
    };
  }
  if (error instanceof AuthStoreError) {
    const { code, retryable, sessionId, owner, expiresInMs } = error;
    return {
      ...described(error),
      kind: "auth-store",
      code,
      retryable,
      sessionId,
      owner,
      expiresInMs,
    };
  }
  if (error instanceof UsageError) return { ...described(error), kind: "usage", code: error.code };
  const code = "code" in error ? error.code : undefined;
  const retryable = error instanceof MotteError && error.retryable;
  return { ...described(error), kind: "other", code, retryable };
}

export function errorOfMessage(told: ErrorMessage): Error {
  const cause = told.cause === undefined ? {} : { cause: errorOfMessage(told.cause) };
  const error = withCode(told, cause);
  // The thread's own trace says where it happened; where it was asked for is lost either way.
  if (told.stack !== undefined) error.stack = told.stack;
  return error;
}

function withCode(told: ErrorMessage, cause: ErrorOptions): Error {
  switch (told.kind) {
    case "auth-store":
      return new AuthStoreError(told.code, told.message, { ...told, ...cause });
    case "usage":
      return new UsageError(told.code, told.message, cause);
    case "other": {
      const error = new Error(told.message, cause);
      error.name = told.name;
      return told.code === undefined ? error : Object.assign(error, { code: told.code });
    }
  }
}

function described(error: Error): Described {
  const { name, message, stack, cause } = error;
  return { name, message, stack, cause: cause === undefined ? undefined : messageOfError(cause) };
}
