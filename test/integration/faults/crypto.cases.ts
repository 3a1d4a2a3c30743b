import { receivesInGroup, receivesLater, receivesOne, receivesSecond } from "./exchanges.ts";
import type { FaultCase } from "./fault-case.ts";

export const cryptoCases: readonly FaultCase[] = [
  { fault: "bad-mac", while: receivesOne },
  { fault: "bad-mac", while: receivesLater, settings: { skip: 1 } },
  { fault: "bad-mac", while: receivesInGroup },
  { fault: "duplicate-counter", while: receivesOne },
  { fault: "duplicate-counter", while: receivesInGroup },
  { fault: "missing-sender-key", while: receivesInGroup },
  { fault: "old-counter", while: receivesSecond },
  { fault: "unknown-session", while: receivesOne },
  { fault: "unknown-session", while: receivesLater, settings: { skip: 1 } },
];
