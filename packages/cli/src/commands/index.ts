import type { Command } from "../command.ts";
import { demo } from "./demo.ts";
import { mock } from "./mock.ts";

/** Every verb of `motte`, in the order `--help` shows them. */
export const commands: readonly Command[] = [demo, mock];
