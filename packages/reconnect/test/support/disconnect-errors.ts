import recorded from "../fixtures/disconnects.json" with { type: "json" };

/** What Baileys 7.0.0-rc14 put into `lastDisconnect.error`, as recorded. */
export interface RecordedError {
  readonly isBoom?: boolean | undefined;
  readonly statusCode?: number | undefined;
  readonly message?: string | undefined;
  readonly data?: unknown;
  /** Baileys reported no close at all. */
  readonly NOCLOSE?: boolean | undefined;
}

export const recordings: Readonly<Record<string, RecordedError>> = recorded;

/** The recorded error again, in the shape of a Boom. */
export function boom({ statusCode, message, data }: RecordedError): Error | undefined {
  if (message === undefined) return undefined;
  const error = new Error(message);
  if (statusCode === undefined) return error;
  return Object.assign(error, { isBoom: true, output: { statusCode }, data });
}

/** A WebSocket failure, as Baileys' mapWebSocketError wraps it. */
export function webSocketError(text: string, code?: string, statusCode = 408): Error {
  const original = Object.assign(new Error(text), code === undefined ? {} : { code });
  return Object.assign(new Error(`WebSocket Error (${text})`), {
    isBoom: true,
    output: { statusCode },
    data: original,
  });
}
