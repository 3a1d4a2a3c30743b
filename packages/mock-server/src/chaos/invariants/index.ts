import { clientOnline } from "./client-online.ts";
import { everySendArrives } from "./every-send-arrives.ts";
import type { Invariant } from "./invariant.ts";
import { noDuplicate } from "./no-duplicate.ts";
import { nothingLost } from "./nothing-lost.ts";
import { nothingUnsettled } from "./nothing-unsettled.ts";
import { requestRate } from "./request-rate.ts";

/** What chaos checks, one line each. */
export const invariants: readonly Invariant[] = [
  nothingLost,
  everySendArrives,
  noDuplicate,
  clientOnline,
  requestRate,
  nothingUnsettled,
];
