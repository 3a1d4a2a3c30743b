import { shownPath } from "../terminal/shown-path.ts";
import { wrap } from "../terminal/wrap.ts";
import { type Repair, repairWords } from "./repair.ts";
import type { Repaired } from "./run-repair.ts";

/** A repair for people. */
export function repairLines(repaired: Repaired): readonly string[] {
  const { store, dryRun, repairs, backups } = repaired;
  const mark = dryRun ? "→" : "✓";
  return [
    store,
    ...backups.flatMap(({ sessionId, file }) => [
      `  ${sessionId} was copied to`,
      `    ${shownPath(file)}`,
    ]),
    ...repairs.flatMap((repair) => wrap(`  ${mark} ${line(repair)}`, "    ")),
    summary(repaired),
    ...(backups.length === 0
      ? []
      : ["  Delete the copy when the bot runs well: it holds the account."]),
  ];
}

function line(repair: Repair): string {
  const { id, sessionId } = repair;
  return `${sessionId === undefined ? "" : `${sessionId}: `}${id}: ${repairWords(repair)}`;
}

function summary({ repairs, dryRun, left }: Repaired): string {
  const others = left.length === 0 ? "" : " in what could be opened";
  if (repairs.length === 0) return `✓ nothing to repair${others}`;
  return dryRun ? "Nothing was changed; without --dry-run, this would be." : `✓ repaired${others}`;
}
