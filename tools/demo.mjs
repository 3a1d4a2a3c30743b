// npm run demo: install, build, and run `motte demo`.
import { fileURLToPath } from "node:url";
import { installWorkspace, pnpmCommand } from "./setup/install.mjs";
import { run, show } from "./setup/run.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const ready = (await installWorkspace()) && (await run("Building", ...pnpmCommand("build")));
process.exitCode = ready
  ? await show(process.execPath, ["packages/cli/bin/motte.js", "demo", ...process.argv.slice(2)])
  : 1;
