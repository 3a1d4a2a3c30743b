import { commands } from "./commands/index.ts";
import { motte } from "./motte.ts";
import { processOutput } from "./output.ts";

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  // A second signal ends the process the hard way, as everybody expects.
  process.once(name, () => interrupted.abort(new Error(`Interrupted by ${name}`)));
}

process.exitCode = await motte(process.argv.slice(2), commands, {
  output: processOutput,
  input: process.stdin,
  signal: interrupted.signal,
});
