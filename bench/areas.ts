import { authStores } from "./auth-stores/area.ts";
import type { Area } from "./harness/area.ts";
import { keyStores } from "./key-store/area.ts";
import { migration } from "./migration/area.ts";
import { mockServer } from "./mock-server/area.ts";
import { motteBench } from "./motte-bench/area.ts";
import { reconnect } from "./reconnect/area.ts";
import { storeKit } from "./store-kit/area.ts";

/** Everything that is measured. Another area is one file and one line here. */
export const AREAS: readonly Area[] = [
  authStores,
  keyStores,
  migration,
  mockServer,
  motteBench,
  reconnect,
  storeKit,
];
