import { UsageError } from "@motte/core/errors";
import { type AdmissionLane, LANES } from "./admission.ts";

export function assertLane(lane: AdmissionLane): void {
  if (LANES.includes(lane)) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `lane must be one of ${LANES.join(", ")}, not ${JSON.stringify(lane)}`,
  );
}
