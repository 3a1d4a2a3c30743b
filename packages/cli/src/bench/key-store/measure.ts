import type { Figure } from "../figure.ts";
import { type MeasureOptions, measured } from "../measure.ts";
import { OPERATIONS, fill } from "./operations.ts";
import { BASE, type KeyStoreSide } from "./side.ts";

/** Asks every store for every operation, in turns, and gives what each reaches, also beside the store of Baileys. */
export async function measureKeyStores(
  sides: readonly KeyStoreSide[],
  options: MeasureOptions,
): Promise<Figure[]> {
  for (const { keys } of sides) {
    options.signal.throwIfAborted();
    await fill(keys);
  }
  return measured(OPERATIONS, sides, BASE, options);
}
