/** What a terminal is wide unless it says otherwise. */
export const COLUMNS = 80;

/** Breaks a text into lines of at most `columns`; every line but the first starts with `indent`. */
export function wrap(text: string, indent = "", columns: number = COLUMNS): readonly string[] {
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
