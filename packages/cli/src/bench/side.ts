import type { Role } from "./figure.ts";

/** What takes part in a measurement, in turns with the others. */
export interface Side {
  /** As people know it, and the same in every run. */
  readonly name: string;
  readonly role: Role;
  /** By which its reference is found; `undefined` for what has none. */
  readonly kind: string | undefined;
  /** What its figures have to be read with: `survives a power cut`. */
  readonly note?: string;
}

/** One thing that is asked of every side, again and again. */
export interface Operation<S extends Side> {
  /** The chart that its figures stand in. */
  readonly name: string;
  /** By which its reference is found, where the name is the user's. @defaultValue `name` */
  readonly kind?: string;
  /** How many things one step does. @defaultValue 1 */
  readonly count?: number;
  /** @defaultValue `/s` */
  readonly unit?: "/s" | "M/s";
  /** Before each turn of a side; not measured. */
  begin?(side: S): Promise<void>;
  /** Makes what one step takes, which is not measured, and gives back the step. */
  prepare(turn: number, side: S): (() => unknown) | Promise<() => unknown>;
  /** After each step, and after one that failed; not measured. */
  after?(side: S): Promise<void>;
}
