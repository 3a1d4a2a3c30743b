import type { StoreCheck } from "../finding.ts";

export const sqliteDamage: StoreCheck = ({ damage }) =>
  damage.length === 0
    ? []
    : [
        {
          id: "sqlite-damage",
          severity: "error",
          found: `SQLite finds ${damage.length} faults in the file, the first: ${damage[0] ?? ""}.`,
          remedy:
            "Stop the bot, keep a copy of the file, and restore a backup; without one, sqlite3 .recover saves what can be read.",
        },
      ];
