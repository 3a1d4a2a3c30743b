/** What a terminal is wide unless it says otherwise. */
export const COLUMNS = 80;

/** How long lines are: as the terminal is wide, when it is narrower than most; what is read elsewhere does not change. */
export function lineColumns(stream: Partial<NodeJS.WriteStream> = process.stdout): number {
  const { isTTY = false, columns = COLUMNS } = stream;
  // A terminal that nobody has told its size, such as that of a serial line, says 0.
  return isTTY && columns > 0 ? Math.min(COLUMNS, columns) : COLUMNS;
}

/** Breaks a text into lines of at most `columns`; every line but the first starts with `indent`. */
export function wrap(
  text: string,
  indent = "",
  columns: number = lineColumns(),
): readonly string[] {
  const lines: string[] = [];
  const words = text.trimStart();
  let line = text.slice(0, text.length - words.length);
  let isEmpty = true;
  for (const word of words.split(" ")) {
    const longer = isEmpty ? line + word : `${line} ${word}`;
    if (isEmpty || longer.length <= columns) {
      line = longer;
    } else {
      lines.push(line);
      line = indent + word;
    }
    isEmpty = false;
  }
  return [...lines, line];
}
