import type { FamilyEntry } from "../../src/handlers/index.ts";

/** The families as the README lists them: name, stanzas, and the file of Baileys that speaks them. */
export function familyTable(families: readonly FamilyEntry[]): string {
  const rows = families.map(({ name, routes, source }) => {
    const stanzas = new Set(
      routes.map(({ tag, xmlns }) => (xmlns === undefined ? `\`<${tag}>\`` : `\`${xmlns}\``)),
    );
    return `| ${name} | ${[...stanzas].join(", ")} | \`${source}\` |`;
  });
  return [
    "| family | stanza, or namespace of its `<iq>` | in Baileys' `lib/` |",
    "| - | - | - |",
    ...rows,
  ].join("\n");
}
