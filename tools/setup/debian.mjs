// Installs a package of Debian where that can be done: as root, on Debian or a system made of it.
import { existsSync } from "node:fs";
import { run } from "./run.mjs";

// RUNLEVEL keeps a package from starting a server of its own.
const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };

/** @type {Promise<boolean> | undefined} */
let refreshed;

/**
 * @param {string} name
 * @returns {Promise<boolean>} whether it was installed
 */
export async function installFromDebian(name) {
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) return false;
  refreshed ??= run("Refreshing Debian's package list", "apt-get", ["update", "-q"], { env });
  return (
    (await refreshed) &&
    (await run(
      `Installing Debian's ${name}`,
      "apt-get",
      ["install", "-q", "-y", "--no-install-recommends", name],
      { env },
    ))
  );
}
