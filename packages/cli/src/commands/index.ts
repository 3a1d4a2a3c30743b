import type { Command } from "../command.ts";
import { completion } from "./completion.ts";
import { demo } from "./demo.ts";
import { explain } from "./explain.ts";
import { mock } from "./mock.ts";
import { run } from "./run.ts";
import { simulate } from "./simulate.ts";

/** Every verb of `motte`, in the order `--help` shows them. */
export const commands: readonly Command[] = [demo, mock, run, explain, simulate, completion];
