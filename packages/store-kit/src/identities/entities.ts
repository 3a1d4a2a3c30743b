import type { Table } from "../tables/table.ts";
import type { EntityId } from "./identities.ts";

/** What is known of one person's entities, by LID or by PN. */
export interface EntityRow {
  /** Of a PN: the LIDs that its entities, one after the other, were merged into. */
  readonly mergedInto?: readonly string[];
  /** Of a PN: its present entity was handed out, so that rows may carry it. */
  readonly open?: boolean;
  /** Of a LID: the entities merged into it. */
  readonly members?: readonly string[];
  readonly touchedAtMs: number;
}

// `~` is in no JID. A number whose first owner became a LID starts again for its next one.
const GENERATION = /~(\d+)$/;

/** People known only by a PN, until they meet their LID. A LID is its own entity, for good. */
export class Entities {
  readonly #table: Table<EntityRow>;

  constructor(table: Table<EntityRow>) {
    this.#table = table;
  }

  /** The present entity of a PN that no LID is bound to. */
  ofUnboundPn(pn: string, nowMs: number): EntityId {
    const row = this.#table.get(pn);
    if (row?.open !== true) this.#table.set(pn, { ...row, open: true, touchedAtMs: nowMs });
    return entityOfPn(pn, row?.mergedInto?.length ?? 0);
  }

  /** Joins the PN's present entity to the LID's. Without rows there is nothing to join. */
  merge(pn: string, lid: string, nowMs: number): EntityId | undefined {
    const row = this.#table.get(pn);
    if (row?.open !== true) return undefined;
    const merged = row.mergedInto ?? [];
    const from = entityOfPn(pn, merged.length);
    this.#table.set(pn, { mergedInto: [...merged, lid], open: false, touchedAtMs: nowMs });
    const members = [...(this.#table.get(lid)?.members ?? []), from];
    this.#table.set(lid, { members, touchedAtMs: nowMs });
    return from;
  }

  /** What is left of a row without those forms: itself where they are not in it, nothing where it is theirs. */
  static without(key: string, row: EntityRow, forms: ReadonlySet<string>): EntityRow | undefined {
    if (forms.has(key)) return undefined;
    const { members, ...rest } = row;
    const others = members?.filter((entity) => !forms.has(entity.replace(GENERATION, "")));
    // Its number's earlier owners keep their places, so that no two ever have the same entity.
    const mergedInto = row.mergedInto?.map((lid) => (forms.has(lid) ? "" : lid));
    if (others?.length === members?.length && mergedInto?.includes("") !== true) return row;
    return { ...rest, ...(others && { members: others }), ...(mergedInto && { mergedInto }) };
  }

  current(entity: EntityId): EntityId {
    const generation = Number(GENERATION.exec(entity)?.[1] ?? 0);
    const pn = entity.replace(GENERATION, "");
    const lid = this.#table.get(pn)?.mergedInto?.[generation];
    return lid ? asEntity(lid) : entity;
  }

  membersOf(entity: EntityId): readonly EntityId[] {
    return (this.#table.get(entity)?.members ?? []).map(asEntity);
  }

  /** The PN of an entity that never met a LID, when the number is still that person's. */
  openPnOf(entity: EntityId): string | undefined {
    const pn = entity.replace(GENERATION, "");
    const row = this.#table.get(pn);
    const isPresent = row?.open === true && entityOfPn(pn, row.mergedInto?.length ?? 0) === entity;
    return isPresent ? pn : undefined;
  }
}

function entityOfPn(pn: string, generation: number): EntityId {
  return asEntity(generation === 0 ? pn : `${pn}~${generation}`);
}

/** A LID, a group or another chat is its own entity. */
export function asEntity(jid: string): EntityId {
  if (isEntityId(jid)) return jid;
  throw new TypeError("An entity is named by text");
}

// The one place where the brand is given.
function isEntityId(jid: unknown): jid is EntityId {
  return typeof jid === "string";
}
