import { isDeepStrictEqual } from "node:util";

export interface CollectedTest {
  readonly name: string;
  readonly body: () => Promise<void>;
}

/** A runner as the suites for others take one. */
interface CollectingRunner {
  readonly test: (name: string, body: () => Promise<void>) => void;
  readonly deepEqual: (actual: unknown, expected: unknown) => void;
}

/** The tests that a suite registers, not run. */
export function collectedTests(
  register: (runner: CollectingRunner) => void,
): readonly CollectedTest[] {
  const collected: CollectedTest[] = [];
  register({
    test: (name, body) => void collected.push({ name, body }),
    deepEqual: (actual, expected) => {
      if (!isDeepStrictEqual(actual, expected)) throw new Error("not equal");
    },
  });
  return collected;
}
