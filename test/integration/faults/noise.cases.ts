import { type FaultCase, connects } from "./fault-case.ts";

export const noiseCases: readonly FaultCase[] = [
  { fault: "noise-no-hello", while: connects },
  { fault: "noise-garbage-hello", while: connects },
  { fault: "noise-truncated-hello", while: connects },
  { fault: "noise-bad-tag", while: connects },
  { fault: "noise-wrong-static-key", while: connects },
  { fault: "noise-bad-signature", while: connects },
  { fault: "noise-bad-signature", while: connects, settings: { bytes: 10 } },
  { fault: "noise-issuer-serial", while: connects },
  { fault: "noise-expired-certificate", while: connects },
  { fault: "noise-refuse-ik", while: connects },
];
