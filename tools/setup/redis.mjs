// Makes sure that a real redis-server is on this machine. The tests start it themselves, on a free port.
import { spawnSync } from "node:child_process";
import { installFromDebian } from "./debian.mjs";

/** @returns {Promise<boolean>} whether `redis-server` can be run */
export async function ensureRedis() {
  if (redisRuns()) return true;
  if ((await installFromDebian("redis-server")) && redisRuns()) return true;
  process.stdout.write(
    "✗ The tests need redis-server on the PATH: apt-get install redis-server, brew install redis, or your system's package\n",
  );
  return false;
}

function redisRuns() {
  return spawnSync("redis-server", ["--version"]).status === 0;
}
