import type { Command } from "../command.ts";
import { bench } from "./bench.ts";
import { completion } from "./completion.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { explain } from "./explain.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import { inspect } from "./inspect.ts";
import { migrate } from "./migrate.ts";
import { mock } from "./mock.ts";
import { pair } from "./pair.ts";
import { repair } from "./repair.ts";
import { reset } from "./reset.ts";
import { rotateKey } from "./rotate-key.ts";
import { run } from "./run.ts";
import { seal } from "./seal.ts";
import { sessions } from "./sessions.ts";
import { simulate } from "./simulate.ts";
import { unseal } from "./unseal.ts";
import { trace } from "./trace.ts";
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
  exportCommand,
  importCommand,
  reset,
  seal,
  unseal,
  rotateKey,
  explain,
  simulate,
  trace,
  bench,
  completion,
];
