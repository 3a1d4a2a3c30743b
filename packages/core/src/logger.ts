/** The logger Baileys takes (`ILogger`), which any pino logger satisfies. */
export interface Logger {
  level: string;
  child(bindings: Record<string, unknown>): Logger;
  trace(detail: unknown, message?: string): void;
  debug(detail: unknown, message?: string): void;
  info(detail: unknown, message?: string): void;
  warn(detail: unknown, message?: string): void;
  error(detail: unknown, message?: string): void;
}

const discard = (): void => {};

/** Writes nothing. */
export const silentLogger: Logger = {
  level: "silent",
  child: () => silentLogger,
  trace: discard,
  debug: discard,
  info: discard,
  warn: discard,
  error: discard,
};
