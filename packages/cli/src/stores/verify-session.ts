import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { type FindingCode, type SessionPlace, planMigration } from "@motte/auth-stores/migration";
import type { OptionValues } from "../command.ts";
import { wrap } from "../terminal/wrap.ts";
import { remedies } from "./remedies.ts";
import { lookAtSession, openElsewhere } from "./look.ts";

/** What a look at every record came to. Plain JSON, without ids and values. */
export interface Verdict {
  readonly location: string;
  readonly sessionId: string;
  readonly sound: boolean;
  readonly records: number;
  /** Records that cannot be read, by family. */
  readonly corrupt: readonly { readonly type: string; readonly count: number }[];
  readonly findings: readonly {
    readonly code: FindingCode;
    readonly severity: "error" | "warning";
    readonly count: number;
    readonly meaning: string;
    readonly remedy: string;
  }[];
}

interface LookedAtVerdict extends Verdict {
  /** The process that has the session open and goes on, as `pid@host`. */
  readonly openIn: string | null;
}

/** Looks over the session of a store that a command names. */
export async function verifyStore(
  store: string,
  values: OptionValues,
  signal: AbortSignal,
): Promise<LookedAtVerdict> {
  await using session = await lookAtSession(store, values);
  const verdict = await verifySession(session, signal);
  return { ...verdict, openIn: session.openIn };
}

/** Reads every record of a session. Throws what opening throws: `AUTH_STORE_IN_USE`, `AUTH_STORE_CORRUPT`… */
export async function verifySession(
  { backend, sessionId }: SessionPlace,
  signal: AbortSignal,
): Promise<Verdict> {
  await using nowhere = memoryBackend();
  const { families, corrupt, findings } = await planMigration({
    from: { backend, sessionId },
    to: { backend: nowhere, sessionId },
    signal,
  });
  const byFamily = new Map<string, number>();
  for (const { type } of corrupt) byFamily.set(type, (byFamily.get(type) ?? 0) + 1);
  return {
    location: backend.location,
    sessionId,
    sound: corrupt.length === 0 && !findings.some(({ severity }) => severity === "error"),
    records: families.reduce((sum, { records }) => sum + records, 0),
    corrupt: [...byFamily].map(([type, count]) => ({ type, count })),
    findings: findings.map((finding) => ({ ...finding, ...remedies[finding.code] })),
  };
}

/** A verdict for people. */
export function verdictLines({
  sessionId,
  location,
  sound,
  records,
  corrupt,
  findings,
  openIn = null,
}: Verdict & Partial<LookedAtVerdict>): readonly string[] {
  return [
    `${sessionId} in ${location}: ${records} records and creds read`,
    ...(openIn === null ? [] : [openElsewhere(openIn)]),
    ...corrupt.flatMap(({ type, count }) => [
      `✗ ${count} corrupt in ${type}`,
      ...wrap(
        "    A bot that opens the session sets them aside, and Signal repairs what it can.",
        "    ",
      ),
    ]),
    ...findings.flatMap(({ severity, code, count, meaning, remedy }) => [
      ...wrap(`${severity === "error" ? "✗" : "!"} ${code} (${count}): ${meaning}`, "  "),
      ...wrap(`    ${remedy}`, "    "),
    ]),
    sound ? "✓ sound" : "✗ not sound",
  ];
}
