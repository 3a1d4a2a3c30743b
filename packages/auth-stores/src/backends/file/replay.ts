import { type FileWrite, type JournalPart, decodeJournal } from "./journal.ts";

export interface JournalFile {
  /** `<epoch>-<number>`, so that names sort in the order of writing. */
  readonly name: string;
  readonly content: Buffer;
}

export interface Replay {
  /** What the files lack, in order. */
  readonly writes: readonly FileWrite[];
  /** Commits are lost that had been on disk, with later ones still there: no crash does that. */
  readonly isDamaged: boolean;
  /** The files that were written since, which are as they should be. */
  readonly rewritten: ReadonlySet<string>;
  /** By journal, the bytes that are not replayed or not all of them, for people to look at. */
  readonly leftOver: ReadonlyMap<string, Buffer>;
}

/**
 * What is to be done with the journals that owners have left, given in the order of their names.
 *
 * A last record that is not whole was being written when the process or the power died, and was not acknowledged. With
 * `durability: "process"` a power cut may also take an earlier one than the last, and then ends the journal there.
 */
export function planReplay(journals: readonly JournalFile[]): Replay {
  const writes: FileWrite[] = [];
  const rewritten = new Set<string>();
  const leftOver = new Map<string, Buffer>();
  let isDamaged = false;
  for (const epoch of new Set(journals.map(epochOf))) {
    const parts = journals
      .filter((journal) => epochOf(journal) === epoch)
      .flatMap((journal) => decodeJournal(journal.content).map((part) => ({ ...part, journal })));
    const anchor = parts.findLastIndex((part) => part.part === "record" && part.anchored);
    const end = parts.findIndex((part, index) => index > anchor && isUnreadable(part));
    for (const [index, part] of parts.entries()) {
      const { journal, start } = part;
      if (end !== -1 && index >= end) {
        if (!leftOver.has(journal.name)) {
          leftOver.set(journal.name, journal.content.subarray(start));
        }
      } else if (part.part === "unreadable") {
        isDamaged = true;
        rewritten.clear();
        leftOver.set(journal.name, journal.content);
      } else {
        writes.push(...part.writes);
        for (const { path } of part.writes) rewritten.add(path);
      }
    }
  }
  return { writes, isDamaged, rewritten, leftOver };
}

function isUnreadable({ part }: JournalPart): boolean {
  return part === "unreadable";
}

// Only one owner at a time writes journals; a former one may have left a torn record when the next had begun.
function epochOf({ name }: JournalFile): string {
  return name.slice(0, name.indexOf("-"));
}
