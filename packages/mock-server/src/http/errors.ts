import { MotteError } from "@motte/core/errors";

/** Every code the server itself answers an HTTP request with; an `admin` route may answer with any code of the package. */
export type HttpErrorCode =
  | "HTTP_BAD_REQUEST"
  | "HTTP_UNAUTHORIZED"
  | "HTTP_FORBIDDEN"
  | "HTTP_NOT_FOUND"
  | "HTTP_METHOD_NOT_ALLOWED"
  | "HTTP_CONFLICT"
  | "HTTP_BODY_TOO_LARGE"
  | "HTTP_BODY_CUT_OFF"
  | "HTTP_SERVER_ERROR";

const STATUS: Readonly<Record<HttpErrorCode, number>> = {
  HTTP_BAD_REQUEST: 400,
  HTTP_UNAUTHORIZED: 401,
  HTTP_FORBIDDEN: 403,
  HTTP_NOT_FOUND: 404,
  HTTP_METHOD_NOT_ALLOWED: 405,
  HTTP_CONFLICT: 409,
  HTTP_BODY_TOO_LARGE: 413,
  HTTP_BODY_CUT_OFF: 400,
  HTTP_SERVER_ERROR: 500,
};

/** A route refuses a request. It becomes `{ error: { code, message } }` with the status that belongs to the code. */
export class HttpError extends MotteError<HttpErrorCode> {
  get status(): number {
    return STATUS[this.code];
  }
}
