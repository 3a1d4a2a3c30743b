import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const RELATIVE_IMPORT = /(?<=\bfrom ")\.{1,2}\/[^"]+(?=")/g;

export const sourceFolder: string = fileURLToPath(new URL("../../src/", import.meta.url));

/** The package's sources by their path below `src`, and who imports whom. */
export class Sources {
  readonly #texts: ReadonlyMap<string, string>;

  private constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  static async read(): Promise<Sources> {
    const entries = await readdir(sourceFolder, { recursive: true });
    const files = entries
      .map((file) => file.replaceAll("\\", "/"))
      .filter((file) => file.endsWith(".ts"));
    const texts = files.map(
      async (file) => [file, await readFile(join(sourceFolder, file), "utf8")] as const,
    );
    return new Sources(new Map(await Promise.all(texts)));
  }

  text(file: string): string {
    const text = this.#texts.get(file);
    assert.ok(
      text !== undefined,
      `There is no src/${file}: update the mutation to what is there now`,
    );
    return text;
  }

  /** The file and whatever imports it, directly or by way of others. */
  dependents(file: string): ReadonlySet<string> {
    const found = new Set([file]);
    for (let size = 0; size !== found.size;) {
      size = found.size;
      for (const [importer, text] of this.#texts) {
        const paths = text.match(RELATIVE_IMPORT) ?? [];
        if (paths.some((path) => found.has(target(importer, path)))) found.add(importer);
      }
    }
    return found;
  }

  /** A text of this file in which every relative import is what `place` says about the file it means. */
  static moved(
    file: string,
    text: string,
    place: (imported: string, path: string) => string,
  ): string {
    return text.replace(RELATIVE_IMPORT, (path) => place(target(file, path), path));
  }
}

function target(importer: string, path: string): string {
  return join(dirname(importer), path).replaceAll("\\", "/");
}
