import { hasCode } from "@motte/core/errors";
import { commands } from "./commands/index.ts";
import { Interrupted } from "./interrupted.ts";
import { motte } from "./motte.ts";
import { processOutput } from "./output.ts";

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  // A second signal ends the process the hard way, as everybody expects.
  process.once(name, () => interrupted.abort(new Interrupted(`Interrupted by ${name}`)));
}
// Who reads our output may have enough, as `head` has: then all is put back as after Ctrl-C.
process.stdout.on("error", (error: Error) => {
  if (!hasCode(error, "EPIPE") && !hasCode(error, "ERR_STREAM_DESTROYED")) throw error;
  interrupted.abort(new Interrupted("Nobody reads the output any more"));
});

process.exitCode = await motte(process.argv.slice(2), commands, {
  output: processOutput,
  input: process.stdin,
  signal: interrupted.signal,
});
