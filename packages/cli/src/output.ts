/** Where a command writes. Results go to `out`, everything about failures to `error`. */
export interface Output {
  out(line: string): void;
  error(line: string): void;
  /** A line that changes in place, where a person looks. Absent elsewhere. */
  readonly live?: LiveLine;
}

/** The last line of a terminal, written over again and again. */
interface LiveLine {
  /** No longer than the terminal is wide. */
  show(text: string): void;
  clear(): void;
}

/** The process's own streams. */
export const processOutput: Output = {
  out: (line) => void process.stdout.write(`${line}\n`),
  error: (line) => void process.stderr.write(`${line}\n`),
  ...(process.stderr.isTTY && { live: liveLine(process.stderr) }),
};

// ECMA-48: EL with 2 erases the line, CR goes to its beginning.
const ERASED = "\u001B[2K\r";

function liveLine(stream: NodeJS.WriteStream): LiveLine {
  return {
    show: (text) => void stream.write(ERASED + text.slice(0, stream.columns - 1)),
    clear: () => void stream.write(ERASED),
  };
}
