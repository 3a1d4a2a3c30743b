import type { Operation } from "./operation.ts";
import { accounts } from "./routes/accounts.ts";
import { clock } from "./routes/clock.ts";
import { contactActs } from "./routes/contact-acts.ts";
import { contactMessages } from "./routes/contact-messages.ts";
import { documentOf } from "./routes/document.ts";
import { health } from "./routes/health.ts";
import { pairing } from "./routes/pairing.ts";
import { seed } from "./routes/seed.ts";
import { state } from "./routes/state.ts";
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
  ...clock,
];
