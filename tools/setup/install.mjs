// Installs what the workspace needs on a machine that has only Node, with the pnpm that package.json pins.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { run } from "./run.mjs";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** @type {string} */
const pnpm = manifest.packageManager;
const npx = process.platform === "win32" ? "npx.cmd" : "npx";

/**
 * The command line that runs a pnpm command through `npx`, so that nothing has to be installed globally. A cached
 * pnpm is good enough: the version is exact.
 *
 * @param {...string} args
 * @returns {[command: string, args: string[]]}
 */
export const pnpmCommand = (...args) => [npx, ["--yes", "--prefer-offline", pnpm, ...args]];

/** @returns {Promise<boolean>} whether everything is in place */
export async function installWorkspace() {
  if (!nodeIsSupported()) {
    process.stdout.write(
      `✗ Node ${process.versions.node} is too old: Motte needs Node ${manifest.engines.node}\n`,
    );
    return false;
  }
  const args = ["install", "--frozen-lockfile", "--config.confirm-modules-purge=false"];
  // The only install script that matters compiles better-sqlite3, which is not needed where Node has SQLite.
  const installed = nodeHasSqlite()
    ? await run(`Installing packages with ${pnpm}`, ...pnpmCommand(...args, "--ignore-scripts"))
    : await run(
        `Installing packages with ${pnpm} (the first time, SQLite is compiled: up to three minutes)`,
        ...pnpmCommand(...args),
      );
  return installed && (await ensureSqlite());
}

/** @param {number} major @param {number} minor */
function nodeIsAtLeast(major, minor) {
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function nodeIsSupported() {
  return nodeIsAtLeast(22, 12) || (nodeIsAtLeast(20, 19) && !nodeIsAtLeast(21, 0));
}

function nodeHasSqlite() {
  return nodeIsAtLeast(22, 13);
}

// better-sqlite3 is compiled for one version of Node: a folder that was installed under another is rebuilt.
async function ensureSqlite() {
  if (sqliteLoads()) return true;
  const rebuilt = await run(
    `Building SQLite for Node ${process.versions.node}`,
    ...pnpmCommand("rebuild", "better-sqlite3"),
  );
  if (rebuilt && sqliteLoads()) return true;
  process.stdout.write(
    "✗ No SQLite driver: use Node 22.13 or later, which has one built in, or install a C++ compiler, make and python3\n",
  );
  return false;
}

function sqliteLoads() {
  const probe = `import("node:sqlite").catch(async () => {
    const { default: Database } = await import("better-sqlite3");
    new Database(":memory:").close();
  }).catch(() => process.exit(1))`;
  return spawnSync(process.execPath, ["--no-warnings", "-e", probe]).status === 0;
}
