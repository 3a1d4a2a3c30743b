import * as backoffs from "./backoffs.ts";
import * as budgets from "./budgets.ts";
import * as classifying from "./classifying.ts";
import * as fleet from "./fleet.ts";
import * as holds from "./holds.ts";
import * as kept from "./kept.ts";
import type { Mutation } from "./mutation.ts";
import * as network from "./network.ts";
import * as persisting from "./persisting.ts";
import * as sockets from "./sockets.ts";
import * as supervising from "./supervising.ts";
import * as waits from "./waits.ts";

const families = [
  sockets,
  waits,
  budgets,
  holds,
  network,
  kept,
  backoffs,
  classifying,
  supervising,
  persisting,
  fleet,
];

/** Every mutation there is. A new family is one file and one line. */
export const mutations: readonly Mutation[] = families.flatMap((family) => family.mutations);
