import type { DiskEntry, DiskFacts } from "./facts/disk.ts";

// Group and others, in the last two digits of a mode.
const OTHERS = 0o077;

/** What other users of the machine may get at. None on Windows, whose modes say nothing. */
export function looseEntries(
  disk: Pick<DiskFacts, "entries"> | undefined,
  platform: NodeJS.Platform = process.platform,
): readonly DiskEntry[] {
  if (platform === "win32") return [];
  return (disk?.entries ?? []).filter(({ mode }) => (mode & OTHERS) !== 0);
}
