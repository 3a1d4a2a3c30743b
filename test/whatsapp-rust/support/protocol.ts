/** A line to the client's process. */
export interface Request {
  readonly id: number;
  readonly command: string;
  readonly args: readonly unknown[];
}

/** A line that answers a request. */
export interface Answer {
  readonly answer: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A line about something that has happened. */
export interface ClientEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The data of a `text` event: a message with a text, decrypted. */
export interface HeardText {
  readonly id: string;
  readonly chat: string;
  readonly sender: string;
  readonly pushName: string;
  readonly isFromMe: boolean;
  /** It had waited for the client. */
  readonly isOffline: boolean;
  readonly text: string;
}

/** The data of a `log` event. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
}
