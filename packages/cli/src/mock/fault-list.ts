import { type FaultDescription, faultCatalogue } from "@motte/mock-server";
import { wrap } from "../terminal/wrap.ts";

const INDENT = " ".repeat(6);

/** Every fault there is, for programs and for people. */
export function faultList(): { readonly document: object; readonly lines: readonly string[] } {
  const faults = faultCatalogue.flatMap(({ group, faults: all }) =>
    all.map((fault) => ({ group, ...fault })),
  );
  const lines = faultCatalogue.flatMap(({ group, faults: all }, at) => [
    ...(at === 0 ? [] : [""]),
    `${group}:`,
    ...all.flatMap(({ name, summary, settings }) => [
      ...wrap(`  ${name}${settingNames(settings)}`, INDENT),
      ...wrap(`${INDENT}${summary}`, INDENT),
    ]),
  ]);
  return { document: { faults }, lines };
}

function settingNames(settings: FaultDescription["settings"]): string {
  return settings.length === 0 ? "" : ` (${settings.map(({ name }) => name).join(", ")})`;
}
