// Loaded before motte: kills the process right before or after the COMMIT of a given number, as a power switch would.
import { createRequire } from "node:module";

const [when, number] = (process.env.KILL_AT ?? "").split(" ");
const require = createRequire(process.env.KILL_RESOLVE ?? import.meta.url);
let commits = 0;

function around(commit) {
  commits += 1;
  if (when === "before" && commits === Number(number)) process.kill(process.pid, "SIGKILL");
  const result = commit();
  if (when === "after" && commits === Number(number)) process.kill(process.pid, "SIGKILL");
  return result;
}

/** Watches the one statement, in a database class of either driver. */
function watch(prototype) {
  const { prepare } = prototype;
  prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    if (sql !== "COMMIT") return statement;
    const run = statement.run.bind(statement);
    statement.run = (...parameters) => around(() => run(...parameters));
    return statement;
  };
}

for (const [name, key] of [
  ["better-sqlite3", undefined],
  ["node:sqlite", "DatabaseSync"],
]) {
  try {
    const driver = require(name);
    watch((key === undefined ? driver : driver[key]).prototype);
  } catch (error) {
    // This Node has no such driver; motte takes the other.
    if (!["MODULE_NOT_FOUND", "ERR_UNKNOWN_BUILTIN_MODULE"].includes(error.code)) throw error;
  }
}
