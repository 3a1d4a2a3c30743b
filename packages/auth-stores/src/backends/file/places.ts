import { createHash } from "node:crypto";
import type { FileWrite } from "./journal.ts";
import type { JournaledFolder } from "./folder.ts";
import { RECORDS, escapeName, unescapeName } from "./layout.ts";
import { type RecordName, fileOfRecord, isBaileysFamily, recordOfFile } from "./names.ts";

const LONGEST_OWN_NAME = 200;
const SEPARATOR = "~";

/** A record that is not in a file of Baileys': its name in one line of JSON, then its bytes as they are. */
export function encodeOwnFile({ type, id }: RecordName, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify([type, id])}\n`), value]);
}

/** The bytes in a file of our own. */
export function valueOfOwnFile(content: Buffer): Buffer {
  return content.subarray(content.indexOf("\n") + 1);
}

/** The path of a file of our own. Every record has one, whether it is used or not. */
export function ownPath({ type, id }: RecordName): string {
  const name = `${escapeName(type)}${SEPARATOR}${escapeName(id)}`;
  const readable = name.length <= LONGEST_OWN_NAME && isWellFormed(type) && isWellFormed(id);
  if (readable) return `${RECORDS}/${name}`;
  return `${RECORDS}/#${createHash("sha256")
    .update(JSON.stringify([type, id]))
    .digest("hex")}`;
}

/**
 * Which records are where: in a file named as Baileys names it, or in one of our own.
 *
 * Kept in memory are only the names of our own files and, where the file system takes `a` for `A`, of Baileys'.
 */
export class FilePlaces {
  readonly #folder: JournaledFolder;
  /** Our own files; `undefined` for one that does not say whose it is, which only its record's id leads to. */
  readonly #own = new Map<string, RecordName | undefined>();
  readonly #spellings: Map<string, string> | undefined;
  /** Families that Baileys does not have, with files named as Baileys would. */
  others: ReadonlySet<string>;

  constructor(
    folder: JournaledFolder,
    others: Iterable<string>,
    options: { readonly ignoresCase: boolean },
  ) {
    this.#folder = folder;
    this.others = new Set(others);
    this.#spellings = options.ignoresCase ? new Map() : undefined;
    for (const name of folder.list(RECORDS)) {
      this.#own.set(`${RECORDS}/${name}`, this.#recordOfOwnFile(name));
    }
    if (options.ignoresCase) for (const name of folder.list("")) this.#spell(name);
  }

  /** Where the record is, if it is anywhere. */
  find(record: RecordName): string | undefined {
    const own = ownPath(record);
    if (this.#own.has(own)) return own;
    const file = fileOfRecord(record, this.others);
    return file === undefined || this.isTaken(file) ? undefined : file;
  }

  /** Whether `a` and `A` are one file here. */
  get ignoresCase(): boolean {
    return this.#spellings !== undefined;
  }

  isOwn(path: string): boolean {
    return this.#own.has(path);
  }

  /** Whether the file system would open the file of another record, whose name differs in case alone. */
  isTaken(file: string): boolean {
    const spelling = this.#spellings?.get(file.toLowerCase());
    return spelling !== undefined && spelling !== file;
  }

  /** Every record, with its path. */
  *all(): Generator<RecordName & { readonly path: string }> {
    const files = this.#folder.list("");
    for (const [path, record] of this.#own) if (record !== undefined) yield { ...record, path };
    for (const file of files) {
      const record = recordOfFile(file, this.others);
      if (record !== undefined && !this.#own.has(ownPath(record))) yield { ...record, path: file };
    }
  }

  /** Takes note of what has been committed. */
  note(writes: readonly FileWrite[]): void {
    for (const { path, content } of writes) {
      if (!path.startsWith(`${RECORDS}/`)) {
        if (content === null) this.#spellings?.delete(path.toLowerCase());
        else this.#spell(path);
      } else if (content === null) this.#own.delete(path);
      else this.#own.set(path, recordInOwnFile(Buffer.from(content)));
    }
  }

  #spell(file: string): void {
    this.#spellings?.set(file.toLowerCase(), file);
  }

  #recordOfOwnFile(name: string): RecordName | undefined {
    if (name.startsWith("#")) {
      const content = this.#folder.readNow(`${RECORDS}/${name}`);
      return recordInOwnFile(content ?? Buffer.alloc(0));
    }
    const [type = "", id = ""] = name.split(SEPARATOR, 2);
    return { type: unescapeName(type), id: unescapeName(id) };
  }
}

/** Whether the folder has to remember that there is such a family. */
export function isNewFamily(type: string, others: ReadonlySet<string>): boolean {
  return !isBaileysFamily(type) && !others.has(type);
}

function recordInOwnFile(content: Buffer): RecordName | undefined {
  let name: unknown;
  try {
    name = JSON.parse(content.subarray(0, content.indexOf("\n")).toString());
  } catch (error) {
    // Damage to one record must not keep the others from being read.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!Array.isArray(name)) return undefined;
  return { type: String(name[0]), id: String(name[1]) };
}

// UTF-8 has no lone surrogates: they would all become one and the same character.
function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}
