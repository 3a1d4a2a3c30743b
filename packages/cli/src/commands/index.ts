import type { Command } from "../command.ts";
import { bench } from "./bench.ts";
import { completion } from "./completion.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { explain } from "./explain.ts";
import { inspect } from "./inspect.ts";
import { migrate } from "./migrate.ts";
import { mock } from "./mock.ts";
import { pair } from "./pair.ts";
import { repair } from "./repair.ts";
import { run } from "./run.ts";
import { sessions } from "./sessions.ts";
import { simulate } from "./simulate.ts";
import { verify } from "./verify.ts";

/** Every verb of `motte`, in the order `--help` shows them. */
export const commands: readonly Command[] = [
  demo,
  mock,
  run,
  pair,
  sessions,
  inspect,
  verify,
  doctor,
  repair,
  migrate,
  explain,
  simulate,
  bench,
  completion,
];
