import type { Backoff } from "./backoff.ts";
import { type LadderOptions, ladder } from "./ladder.ts";

/**
 * 1, 1, 2, 3, 5, 8 … times the base: WhatsApp Web's own ladder (whatsapp-rust lifecycle.rs), with a lower cap,
 * because a bot has nobody to press reload.
 */
export function fibonacci(options: LadderOptions = {}): Backoff {
  return ladder("fibonacci", options, fibonacciNumber);
}

function fibonacciNumber(n: number): number {
  let [current, next] = [1, 1];
  // Past 80 the numbers are not exact any more and no cap is that high.
  for (let i = 1; i < Math.min(n, 80); i++) [current, next] = [next, current + next];
  return current;
}
