export interface TurnOptions {
  /** Rounds that count. */
  readonly rounds: number;
  /** Rounds before those, which pay for what is loaded and compiled. */
  readonly warmUps: number;
}

export interface Turn<Side> {
  readonly side: Side;
  /** From 0 for those that count; below for those that warm up. */
  readonly round: number;
}

/**
 * Whose turn it is: every side once in a round, and in the next one backwards. Whatever else the machine does meets
 * all sides, and nobody is always the one that finds the caches of another.
 */
export function* turns<Side>(
  sides: readonly Side[],
  { rounds, warmUps }: TurnOptions,
): Generator<Turn<Side>, void> {
  for (let round = -warmUps; round < rounds; round++) {
    const order = round % 2 === 0 ? sides : sides.toReversed();
    for (const side of order) yield { side, round };
  }
}
