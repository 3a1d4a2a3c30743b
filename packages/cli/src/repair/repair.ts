/** Something that was mended, or would be. Plain JSON. */
export interface Repair {
  /** What `motte doctor` calls what was wrong. */
  readonly id: string;
  /** The session it was in, when it was in one. */
  readonly sessionId?: string;
  /** How many records, files or folders it concerns. */
  readonly count: number;
}

/** What a repair does, as half a sentence. */
export function repairWords({ id, count }: Repair): string {
  switch (id) {
    case "file-modes":
      return `${counted(count, "file or folder", "files and folders")} for this user alone`;
    case "leftovers":
      return `${counted(count, "journal or file", "journals and files")} of a killed process brought in or removed`;
    case "dead-owner":
      return "given up for its owner, who is gone";
    case "corrupt-records":
      return `${counted(count, "record")} set aside`;
    case "sender-key-memory":
      return `${counted(count, "note")} taken away about a sender key that is not there`;
    default:
      return `${counted(count, "record")} taken away, for Baileys to make anew`;
  }
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
