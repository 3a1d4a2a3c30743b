import type { PolicyOptions } from "../engine/settings.ts";
import type { RuleVerdict } from "../policies/rule.ts";

/** How another system reconnects, to compare with and to move over from. */
export interface Preset {
  /** Whose behaviour it is. */
  readonly of: string;
  /** What it does, its defects included. */
  readonly behaviour: string;
  readonly policy: PolicyOptions;
}

/**
 * A policy that looks at Baileys' number and its count of failures alone, forgets failures as soon as a connection
 * opens and has no connect budget, as is usual in the field.
 */
export function byNumber(
  answer: (code: number | undefined, failures: number) => RuleVerdict,
  maxAttempts: number = Number.POSITIVE_INFINITY,
): PolicyOptions {
  return {
    rule: ({ code }, { attempt }) => answer(code, attempt),
    maxAttempts,
    stableAfterMs: 0,
    // In a window of no length nothing is ever counted.
    budget: { max: 1, windowMs: 0 },
  };
}

/** What stops, with or without a word, in the original: here somebody hears of it and can resume. */
export function stopsAt(code: number | undefined): RuleVerdict {
  return { do: "hold", needs: code === 401 ? "pairing" : "operator" };
}

/** The n-th of `baseMs`, twice that, four times that, up to `capMs`. `failures` is 0 for the first. */
export function doubling(baseMs: number, failures: number, capMs: number): RuleVerdict {
  // Past 2 ** 40 no delay means anything.
  return { do: "retry", delayMs: Math.min(capMs, baseMs * 2 ** Math.min(failures, 40)) };
}
