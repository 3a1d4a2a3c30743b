import { writeSync } from "node:fs";
import { hasCode } from "@motte/core/errors";

/** Prints a line and is back when the system has it. Whoever reads may be slow, and the pipe full until then. */
export function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) throw error;
    }
  }
}
