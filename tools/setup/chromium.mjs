// Makes sure that a Chromium without a window is on this machine. The tests open the benchmarks' report in it.
import { spawnSync } from "node:child_process";
import { installFromDebian } from "./debian.mjs";

// The same as in test/support/headless-chromium.ts.
const NAMES = ["chromium-headless-shell", "chromium", "google-chrome", "chromium-browser"];

/** @returns {Promise<boolean>} whether there is one that can be run */
export async function ensureChromium() {
  if (chromiumRuns()) return true;
  if ((await installFromDebian("chromium-headless-shell")) && chromiumRuns()) return true;
  process.stdout.write(
    `✗ The tests need a Chromium on the PATH (${NAMES.join(", ")}), or its path in CHROMIUM: apt-get install chromium-headless-shell, or your system's package\n`,
  );
  return false;
}

function chromiumRuns() {
  const { CHROMIUM } = process.env;
  const names = CHROMIUM === undefined ? NAMES : [CHROMIUM];
  return names.some((name) => spawnSync(name, ["--version"]).status === 0);
}
