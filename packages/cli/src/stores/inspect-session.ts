import { openAuthState } from "@motte/auth-stores";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { type MigrationPlan, planMigration } from "@motte/auth-stores/migration";
import { systemClock } from "@motte/core/clock";
import { redactJid } from "@motte/core/redact";
import type { OptionValues } from "../command.ts";
import { bytesWords } from "../terminal/bytes.ts";
import { durationWords } from "../terminal/duration.ts";
import { table } from "../terminal/table.ts";
import { sessionsOf } from "./sessions.ts";
import { type LookedAtSession, lookAtSession, openElsewhere } from "./look.ts";

/** What a session holds, without any of its values. Plain JSON. */
interface Inspection {
  readonly location: string;
  readonly sessionId: string;
  /** The process that has it open and goes on, as `pid@host`. */
  readonly openIn: string | null;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
  readonly account: {
    readonly paired: boolean;
    /** Hidden but for the last two digits. */
    readonly id: string | undefined;
    readonly lid: string | undefined;
    readonly platform: string | undefined;
  };
  readonly credsBytes: number;
  readonly families: MigrationPlan["families"];
  readonly corrupt: number;
  readonly findings: MigrationPlan["findings"];
}

/** Inspects the session of a store that a command names, for programs and for people. */
export async function inspectStore(
  store: string,
  values: OptionValues,
  signal: AbortSignal,
): Promise<[document: Inspection, lines: readonly string[]]> {
  await using session = await lookAtSession(store, values);
  const inspection = await inspectSession(session, signal);
  return [inspection, inspectionLines(inspection, systemClock.now())];
}

/** Reads all of a session. */
async function inspectSession(
  { backend, sessionId, openIn }: LookedAtSession,
  signal: AbortSignal,
): Promise<Inspection> {
  const summary = (await sessionsOf(backend)).find((one) => one.sessionId === sessionId);
  await using nowhere = memoryBackend();
  const { credsBytes, families, corrupt, findings } = await planMigration({
    from: { backend, sessionId },
    to: { backend: nowhere, sessionId },
    signal,
  });
  await using auth = await openAuthState({ backend, sessionId });
  const { account, me, platform } = auth.state.creds;
  return {
    location: backend.location,
    sessionId,
    openIn,
    createdAt: summary && new Date(summary.createdAtMs).toISOString(),
    updatedAt: summary && new Date(summary.updatedAtMs).toISOString(),
    account: {
      // Baileys sets `account` when pairing succeeds, and `me` already when a pairing code is asked for.
      paired: account !== undefined,
      id: me && redactJid(me.id),
      lid: me?.lid === undefined ? undefined : redactJid(me.lid),
      platform,
    },
    credsBytes,
    families,
    corrupt: corrupt.length,
    findings,
  };
}

/** An inspection for people. */
function inspectionLines(inspection: Inspection, nowMs: number): readonly string[] {
  const { location, sessionId, openIn, account, credsBytes, families, corrupt, findings } =
    inspection;
  const ago = (time: string | undefined): string =>
    time === undefined ? "unknown" : `${durationWords(nowMs - Date.parse(time))} ago`;
  const who =
    account.id === undefined ? "nobody yet" : `${account.id} (${account.lid ?? "no LID"})`;
  const records = families.reduce((sum, family) => sum + family.records, 0);
  const bytes = families.reduce((sum, family) => sum + family.bytes, credsBytes);
  return [
    `${sessionId} in ${location}`,
    `account  ${who}, ${account.paired ? "paired" : "not paired"}`,
    ...(openIn === null ? [] : [openElsewhere(openIn)]),
    `made ${ago(inspection.createdAt)}, changed ${ago(inspection.updatedAt)}`,
    "",
    ...table(
      ["family", "records", "size"],
      [
        ["creds", "1", bytesWords(credsBytes)],
        ...families.map(({ type, records: count, bytes: size }) => [
          type,
          String(count),
          bytesWords(size),
        ]),
        ["total", String(records + 1), bytesWords(bytes)],
      ],
    ),
    ...(corrupt === 0 && findings.length === 0
      ? []
      : ["", `${corrupt} corrupt records, ${findings.length} findings: see motte verify`]),
  ];
}
