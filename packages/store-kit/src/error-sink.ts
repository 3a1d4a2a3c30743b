/** Hears of every failure that must not reach Baileys, where it would break a send or stop the process. */
export type ErrorSink = (error: Error) => void;

/** A sink that never throws, whatever `onError` does. Without `onError` a failure becomes a process warning. */
export function totalSink(onError: ErrorSink | undefined): ErrorSink {
  if (onError === undefined) return (error) => process.emitWarning(error);
  return (error) => {
    try {
      onError(error);
    } catch (sinkError) {
      // The sink is where failures go, so its own failure has only the process left to tell.
      process.emitWarning(error);
      process.emitWarning(sinkError instanceof Error ? sinkError : new Error("onError threw"));
    }
  };
}
