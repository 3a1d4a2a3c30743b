import type { Law } from "./law.ts";
import * as sockets from "./sockets.ts";

/** Every law there is. A new family is one file and one line. */
export const laws: readonly Law[] = [sockets].flatMap((family): Law[] => Object.values(family));
