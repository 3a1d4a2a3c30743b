import type { Mutation } from "./mutation.ts";
import * as sockets from "./sockets.ts";

/** Every mutation there is. A new family is one file and one line. */
export const mutations: readonly Mutation[] = [sockets].flatMap((family) => family.mutations);
