import { COLUMNS, lineColumns, wrap } from "./terminal/wrap.ts";

/** Where a command writes. Results go to `out`, everything about failures to `error`. */
export interface Output {
  out(line: string): void;
  error(line: string): void;
  /** A line that changes in place, where a person looks. Absent elsewhere. */
  readonly live?: LiveLine;
}

/** The last line of a terminal, written over again and again. */
interface LiveLine {
  /** How much of a text is shown. Absent where that is not known. */
  readonly columns?: number;
  /** Shows as much of it as there is room for. */
  show(text: string): void;
  clear(): void;
}

/** The process's own streams. */
export const processOutput: Output = {
  out: (line) => void process.stdout.write(`${line}\n`),
  error: (line) => void process.stderr.write(`${errorLines(line, process.stderr).join("\n")}\n`),
  ...(process.stderr.isTTY && { live: liveLine(process.stderr) }),
};

type MaybeTerminal = Pick<NodeJS.WriteStream, "isTTY" | "columns">;

/** An error as it is shown: broken between words on a terminal, and elsewhere as it is, one line for whoever greps. */
function errorLines(text: string, stream: MaybeTerminal): readonly string[] {
  if (!stream.isTTY) return [text];
  return text.split("\n").flatMap((line) => wrap(line, "  ", lineColumns(stream)));
}

// Told nothing, a terminal says 0.
function columnsOf({ columns }: Pick<NodeJS.WriteStream, "columns">): number {
  return columns > 0 ? columns : COLUMNS;
}

// ECMA-48: EL with 2 erases the line, CR goes to its beginning.
const ERASED = "\u001B[2K\r";
// A terminal shows Ctrl-C as "^C" where the cursor stands. On a line of its own it would leave the other one behind.
const CTRL_C_COLUMNS = 2;

function liveLine(stream: NodeJS.WriteStream): LiveLine {
  const columns = (): number => Math.max(1, columnsOf(stream) - 1 - CTRL_C_COLUMNS);
  return {
    get columns() {
      return columns();
    },
    show: (text) => void stream.write(ERASED + text.slice(0, columns())),
    clear: () => void stream.write(ERASED),
  };
}
