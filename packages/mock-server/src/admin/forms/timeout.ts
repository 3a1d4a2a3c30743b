import { type Schema, described } from "../schema/schema.ts";
import { integer } from "../schema/values.ts";

export interface TimeoutForm {
  readonly timeoutMs?: number;
}

const TEN_MINUTES_MS = 600_000;

/** How long a request may wait. */
export const timeoutMs: Schema<number> = described(
  integer({ min: 0, max: TEN_MINUTES_MS }),
  "How long to wait, in real milliseconds; 10000 if left out",
);
