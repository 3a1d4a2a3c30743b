import type { MigrationPlan } from "@motte/auth-stores/migration";
import { redactNumbers } from "@motte/core/redact";
import { bytesWords } from "../terminal/bytes.ts";
import { table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";

/** How `motte migrate` names the options that a plan asks for. */
const FLAGS = {
  skipCorrupt: "--skip-corrupt",
  skipUnknown: "--skip-unknown",
  acceptFindings: "--accept-findings",
} as const;

/** A plan for programs: what `planMigration` says, with the ids, which may be phone numbers, hidden. */
export function planDocument(name: string, plan: MigrationPlan): object {
  return {
    session: name,
    ...plan,
    flags: plan.flags.map((flag) => FLAGS[flag]),
    corrupt: plan.corrupt.map((entry) => ({ ...entry, id: redactNumbers(entry.id) })),
    unknown: plan.unknown.map(redactNumbers),
  };
}

/** A plan for people. */
export function planLines(plan: MigrationPlan): readonly string[] {
  const { from, to, target, families, credsBytes, corrupt, unknown, findings, flags } = plan;
  // Another program's store is one session, which has no name.
  const session = from.sessionId === "" ? "" : `${from.sessionId} in `;
  return [
    `from ${session}${from.location}`,
    `to   ${to.sessionId} in ${to.location}, ${TARGETS[target]}`,
    "",
    ...table(
      ["family", "records", "size"],
      [
        ["creds", "1", bytesWords(credsBytes)],
        ...families.map(({ type, records, bytes }) => [type, String(records), bytesWords(bytes)]),
      ],
    ),
    "",
    ...corrupt.flatMap(({ type, id, reason }) =>
      wrap(`✗ corrupt: ${type} ${redactNumbers(id)} (${reason})`, "  "),
    ),
    ...unknown.map((name) => `? unknown: ${redactNumbers(name)}`),
    ...findings.map(({ code, severity, count }) => `! ${severity}: ${code} (${count})`),
    ...(flags.length === 0
      ? ["Nothing stands in the way. Stop the bot, then run this without --dry-run."]
      : wrap(`To go on in spite of this, add ${flags.map((flag) => FLAGS[flag]).join(" ")}.`)),
  ];
}

const TARGETS: Readonly<Record<MigrationPlan["target"], string>> = {
  empty: "which is empty",
  resumable: "where this migration goes on",
  returning: "which the account comes back to",
  occupied: "which is TAKEN: the migration would be refused",
};
