/** Shows a line to whoever started the benches. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
