import { MockServerError } from "../errors.ts";

/** What the server says to a group request it does not grant. */
export type RefusalStatus = 401 | 403 | 404 | 406 | 408 | 409 | 410;

const TEXTS: Readonly<Record<RefusalStatus, string>> = {
  401: "not-authorized",
  403: "forbidden",
  404: "item-not-found",
  406: "not-acceptable",
  408: "request-timeout",
  409: "conflict",
  410: "gone",
};

/** A group request that is not granted. A client gets it as an error stanza, a test script as it is. */
export class GroupRefusal extends MockServerError {
  readonly status: RefusalStatus;

  constructor(status: RefusalStatus, reason: string) {
    super(
      "MOCK_GROUP_REFUSED",
      `${reason}: a client would get the error ${status} ${TEXTS[status]}`,
    );
    this.status = status;
  }

  /** The text of the error on the wire. */
  get text(): string {
    return TEXTS[this.status];
  }
}
