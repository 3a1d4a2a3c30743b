import { sendsOne } from "./exchanges.ts";
import { type FaultCase, connects } from "./fault-case.ts";

export const keysCases: readonly FaultCase[] = [
  { fault: "no-one-time-pre-keys", while: sendsOne },
  { fault: "bundle-missing", while: sendsOne },
  { fault: "bundle-missing", while: sendsOne, settings: { times: 2 } },
  { fault: "bad-user-in-batch", while: sendsOne, settings: { position: 0 } },
  { fault: "bad-user-in-batch", while: sendsOne, settings: { position: 0, times: 2 } },
  { fault: "stale-identity", while: sendsOne },
  { fault: "wrong-signature", while: sendsOne },
  { fault: "digest-mismatch", while: connects },
  { fault: "digest-mismatch", while: connects, settings: { form: "no-digest" } },
  { fault: "digest-mismatch", while: connects, settings: { form: "not-found" } },
];
