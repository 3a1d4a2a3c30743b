import type { MachineCheck } from "../finding.ts";

// sqlite.org, changes of 3.51.3: two connections that reset the write-ahead log at the same time could damage the file.
const FIXED_IN = [3, 51, 3];

export const sqliteVersion: MachineCheck = ({ sqlite }) => {
  if (sqlite === undefined) {
    return [
      {
        id: "sqlite-version",
        severity: "notice",
        found: "There is no SQLite driver, so sqlite: stores cannot be opened here.",
        remedy: "Run on Node 22.13 or later, or install better-sqlite3.",
      },
    ];
  }
  if (isAtLeast(sqlite.version.split(".").map(Number), FIXED_IN)) return [];
  return [
    {
      id: "sqlite-version",
      severity: "notice",
      found: `SQLite ${sqlite.version} (${sqlite.driver}) may, rarely, damage a database that several processes have open.`,
      remedy:
        "Let one process alone open it, or use a driver with SQLite 3.51.3 or later, such as better-sqlite3.",
    },
  ];
};

function isAtLeast(version: readonly number[], wanted: readonly number[]): boolean {
  for (const [at, number] of wanted.entries()) {
    const difference = (version[at] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
