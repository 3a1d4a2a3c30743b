import { child, children } from "../wire/binary-node.ts";
import { type Lint, missing } from "./lint.ts";

/** Clients look for collections in `<sync>` only; Baileys asks again, without end, for one it does not find. */
export const appStateCollections: Lint = {
  name: "app-state-collections",
  check: (stanza) => {
    if (stanza.tag !== "iq") return undefined;
    if (child(stanza, "collection")) return "<collection> lies outside <sync>";
    const sync = child(stanza, "sync");
    for (const each of sync === undefined ? [] : children(sync)) {
      if (each.tag !== "collection") return `<sync> holds <${each.tag}>`;
      const problem = missing(each, ["name"]);
      if (problem !== undefined) return problem;
    }
    return undefined;
  },
};
