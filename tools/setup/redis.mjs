// Makes sure that a real redis-server is on this machine. The tests start it themselves, on a free port.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { run } from "./run.mjs";

/** @returns {Promise<boolean>} whether `redis-server` can be run */
export async function ensureRedis() {
  if (redisRuns()) return true;
  const onDebian = existsSync("/etc/debian_version") && process.getuid?.() === 0;
  if (onDebian) {
    // RUNLEVEL keeps the package from starting a server of its own on the default port.
    const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    const installed =
      (await run("Refreshing Debian's package list", "apt-get", ["update", "-q"], { env })) &&
      (await run(
        "Installing Debian's redis-server",
        "apt-get",
        ["install", "-q", "-y", "--no-install-recommends", "redis-server"],
        { env },
      ));
    if (installed && redisRuns()) return true;
  }
  process.stdout.write(
    "✗ The tests need redis-server on the PATH: apt-get install redis-server, brew install redis, or your system's package\n",
  );
  return false;
}

function redisRuns() {
  return spawnSync("redis-server", ["--version"]).status === 0;
}
