let factor = 1;

/** A time after which something counts as not happening, in milliseconds: as it is, or longer while patience is asked for. */
export function patiently(ms: number): number {
  return ms * factor;
}

/** Runs `work` with all such times this many times as long. One at a time. */
export async function withPatience<T>(times: number, work: () => Promise<T>): Promise<T> {
  factor = times;
  try {
    return await work();
  } finally {
    factor = 1;
  }
}
