import { type MotteError, UsageError } from "@motte/core/errors";
import { MockServerError, type MockServerErrorCode } from "../errors.ts";
import { HttpError } from "./errors.ts";

const CONFLICT = 409;
const STATUS: Readonly<Partial<Record<MockServerErrorCode, number>>> = {
  MOCK_BAD_QR: 400,
  MOCK_WRONG_PAIRING_CODE: 400,
  MOCK_PAIRING_CODE_EXPIRED: 410,
  MOCK_BAD_SNAPSHOT: 400,
  MOCK_NO_PAIRING_REQUEST: 404,
  MOCK_QR_EXPIRED: 410,
  MOCK_UNKNOWN_MESSAGE: 404,
  MOCK_NO_SUCH_CHAT: 404,
  MOCK_CLOSED: 503,
  MOCK_TIMED_OUT: 504,
};

/** The HTTP status of an error: what cannot be right as it is asked, or what does not fit the world as it is. */
export function statusOf(error: MotteError): number {
  if (error instanceof HttpError) return error.status;
  if (error instanceof UsageError) return 400;
  return error instanceof MockServerError ? (STATUS[error.code] ?? CONFLICT) : 500;
}
