import * as folders from "./folders.ts";
import type { Fault } from "./fault.ts";
import type { SettingDescription } from "./setting.ts";

type Folders = typeof folders;

type KnownFault = { [Name in keyof Folders]: Folders[Name][keyof Folders[Name]] }[keyof Folders];

/** The name of every fault, in kebab case. */
export type FaultName = KnownFault["name"];

/** What can be set for one fault, all of it optional. */
export type FaultSettings<Name extends FaultName> =
  Extract<KnownFault, { readonly name: Name }> extends Fault<Name, infer Settings>
    ? Partial<Settings>
    : never;

/** A fault whose settings are checked when it is prepared. */
export type AnyFault = Pick<
  Fault<FaultName, object>,
  "name" | "place" | "summary" | "settings" | "knowsConnection" | "immediate" | "prepare"
>;

/** Faults that have one place or one subject. */
export interface FaultGroup {
  /** The name of its folder. */
  readonly group: string;
  /** Its faults, in the order of the tables. */
  readonly faults: readonly FaultDescription[];
}

/** What is to be known of a fault before it is used. */
export interface FaultDescription {
  /** What `server.fault(name)` takes. */
  readonly name: FaultName;
  /** What goes wrong, as the client sees it. */
  readonly summary: string;
  /** Besides when it fires and whom it hits, which is the same for all. */
  readonly settings: readonly SettingDescription[];
}

const known: readonly (readonly [group: string, faults: readonly AnyFault[]])[] = Object.entries(
  folders,
).map(([group, faults]) => [group, Object.values(faults)]);

/** Every fault there is, by folder and name. */
export const faultCatalogue: readonly FaultGroup[] = known.map(([group, faults]) => ({
  group,
  faults: faults.map(({ name, summary, settings }) => ({ name, summary, settings })),
}));

const byName: ReadonlyMap<string, AnyFault> = new Map(
  known.flatMap(([, faults]) => faults).map((fault) => [fault.name, fault]),
);

export function findFault(name: string): AnyFault | undefined {
  return byName.get(name);
}

export function faultNames(): readonly string[] {
  return [...byName.keys()];
}
