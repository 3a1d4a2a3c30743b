/** Where a command writes. Results go to `out`, everything about failures to `error`. */
export interface Output {
  out(line: string): void;
  error(line: string): void;
}

/** The process's own streams. */
export const processOutput: Output = {
  out: (line) => void process.stdout.write(`${line}\n`),
  error: (line) => void process.stderr.write(`${line}\n`),
};
