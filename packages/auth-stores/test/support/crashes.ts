import { initAuthCreds } from "@whiskeysockets/baileys";
import { seededRandom } from "@motte/core/random";
import { Program } from "./child.ts";
import type { DurablePlace } from "./durable-places.ts";
import { type DurableState, openDurable } from "./durable-states.ts";

export interface CrashReport {
  readonly kills: number;
  /** Records or creds whose bytes could not be understood. */
  corrupt: number;
  /** Acknowledged commits of which nothing, or something older, was found. */
  lost: number;
  /** Batches of which only a part was found. */
  torn: number;
}

const LANES = ["0", "1", "2", "3"];

/** Lets a program write, kills it at a random moment, and looks at what it left: as often as `kills` says. */
export async function crash(
  kind: string,
  place: DurablePlace,
  kills: number,
): Promise<CrashReport> {
  const report: CrashReport = { kills, corrupt: 0, lost: 0, torn: 0 };
  const random = seededRandom(kind);
  const first = await openDurable(kind, place.at, initAuthCreds);
  let identity = identityOf(first);
  await first.saveCreds();
  await first.close();
  let start = 1;
  for (let round = 0; round < kills; round++) {
    const acknowledged = await killedWriter(kind, place, start, random.next() * 60);
    const state = await openDurable(kind, place.at);
    const found = await look(state, acknowledged, report);
    // Baileys' own store answers creds that it cannot read with new ones.
    if (identityOf(state) !== identity) report.corrupt += 1;
    identity = identityOf(state);
    report.corrupt += state.corrupt();
    await state.close();
    start = Math.max(start, found, ...acknowledged.values()) + 1;
  }
  return report;
}

export function describeReport(kind: string, { kills, corrupt, lost, torn }: CrashReport): string {
  return `${kind}: ${kills} kills, ${corrupt} corrupt, ${lost} lost, ${torn} torn`;
}

/** What the program had acknowledged when it was killed, by lane and for the creds. */
async function killedWriter(
  kind: string,
  place: DurablePlace,
  start: number,
  patience: number,
): Promise<ReadonlyMap<string, number>> {
  const acknowledged = new Map<string, number>();
  await using program = Program.start("writer", kind, place.at, `${start}`);
  const lines = await program.linesUntil((line) => numberOf(line) >= start + patience);
  await place.kill?.();
  lines.push(...(await program.kill()));
  await place.restart?.();
  for (const line of lines) {
    const number = numberOf(line);
    const what = line.slice(0, line.lastIndexOf(" "));
    if (!Number.isNaN(number)) {
      acknowledged.set(what, Math.max(acknowledged.get(what) ?? 0, number));
    }
  }
  return acknowledged;
}

/** Adds what is wrong to the report, and gives back the highest number found. */
async function look(
  { state }: DurableState,
  acknowledged: ReadonlyMap<string, number>,
  report: CrashReport,
): Promise<number> {
  const mappings = await state.keys.get("lid-mapping", LANES);
  const lists = await state.keys.get("device-list", LANES);
  let highest = 0;
  for (const lane of LANES) {
    const mapping = Number(mappings[lane] ?? 0);
    const list = Number(lists[lane]?.[0] ?? 0);
    const least = acknowledged.get(`keys ${lane}`) ?? 0;
    if (mapping < least || list < least) report.lost += 1;
    if (mapping !== list) report.torn += 1;
    highest = Math.max(highest, mapping, list);
  }
  const counter = state.creds.accountSyncCounter;
  if (counter < (acknowledged.get("creds") ?? 0)) report.lost += 1;
  return Math.max(highest, counter);
}

function identityOf({ state }: DurableState): string {
  return Buffer.from(state.creds.noiseKey.public).toString("hex");
}

function numberOf(line: string): number {
  return Number(line.split(" ").at(-1));
}
