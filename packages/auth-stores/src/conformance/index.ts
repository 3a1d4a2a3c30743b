/** What the conformance suite needs of a test runner. */
export interface ConformanceRunner {
  test(name: string, body: () => Promise<void>): void;
}
