import type { MachineFacts } from "./facts/machine.ts";
import type { StoreFacts } from "./facts/store.ts";

/** `error`: something is or will be lost. `warning`: it may be, or repairs itself at a cost. `notice`: good to know. */
export type Severity = "error" | "warning" | "notice";

/** Something that is not as it should be, and what to do about it. Plain JSON, without ids and values of records. */
export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  /** What was found, as a sentence. */
  readonly found: string;
  /** What to do, as a sentence. */
  readonly remedy: string;
  /** The session it is about, when it is about one. */
  readonly sessionId?: string;
}

/** Looks at what is known of one store. A new check is one file and one line in `checks/index.ts`. */
export type StoreCheck = (store: StoreFacts) => readonly Finding[];

/** Looks at the machine. */
export type MachineCheck = (machine: MachineFacts) => readonly Finding[];
