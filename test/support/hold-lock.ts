/** Keeps others from writing to a SQLite file until it is told anything, or killed. */
import { writeSync } from "node:fs";
import { openSqlite } from "@motte/core/sqlite";

const [, , file = ""] = process.argv;
const database = await openSqlite(file);
database.exec("BEGIN IMMEDIATE");
writeSync(1, "locked\n");
process.stdin.once("data", () => {
  database.exec("COMMIT");
  database.close();
  process.exit();
});
