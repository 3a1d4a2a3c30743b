import * as session from "./session/index.ts";
import type { Fault } from "./fault.ts";

// A new fault is one new file and one line in the index of its folder.
type Catalogue = typeof session;

type KnownFault = Catalogue[keyof Catalogue];

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
  "name" | "place" | "summary" | "settings" | "knowsConnection" | "prepare"
>;

/** The folders of the catalogue, in the order a client comes by what is in them. */
export const faultGroups: readonly (readonly [group: string, faults: readonly AnyFault[]])[] = [
  ["session", Object.values(session)],
];

const byName: ReadonlyMap<string, AnyFault> = new Map(
  faultGroups.flatMap(([, faults]) => faults).map((fault) => [fault.name, fault]),
);

export function findFault(name: string): AnyFault | undefined {
  return byName.get(name);
}

export function faultNames(): readonly string[] {
  return [...byName.keys()];
}
