import type { Operation } from "./operation.ts";
import { accounts } from "./routes/accounts.ts";
import { clock } from "./routes/clock.ts";
import { contactActs } from "./routes/contact-acts.ts";
import { contactMessages } from "./routes/contact-messages.ts";
import { devices } from "./routes/devices.ts";
import { documentOf } from "./routes/document.ts";
import { expectations } from "./routes/expect.ts";
import { faults } from "./routes/faults.ts";
import { groups } from "./routes/groups.ts";
import { health } from "./routes/health.ts";
import { journal } from "./routes/journal.ts";
import { pairing } from "./routes/pairing.ts";
import { seed } from "./routes/seed.ts";
import { snapshots } from "./routes/snapshots.ts";
import { state } from "./routes/state.ts";
import { trace } from "./routes/trace.ts";
import { trust } from "./routes/trust.ts";

/** Everything that can be asked of a server from outside its process, one line per concern. */
export const operations: readonly Operation[] = [
  ...health,
  ...state,
  ...seed,
  ...trust,
  documentOf(() => operations),
  ...pairing,
  ...accounts,
  ...contactMessages,
  ...contactActs,
  ...groups,
  ...devices,
  ...faults,
  ...journal,
  ...trace,
  ...expectations,
  ...clock,
  ...snapshots,
];
