import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Subject } from "../laws/law.ts";
import type { Mutation } from "./mutation.ts";
import { Sources, sourceFolder } from "./sources.ts";

/**
 * Makes a copy of the package with the mistake in it and hands it to `use`. The copy is gone afterwards.
 *
 * What does not import the mutated file is not copied but imported from where it is, which takes a tenth of the time.
 */
export async function plant<T>(
  sources: Sources,
  { file, from, to }: Omit<Mutation, "law">,
  use: (subject: Subject) => T | Promise<T>,
): Promise<T> {
  const original = sources.text(file);
  const found = original.split(from).length - 1;
  assert.equal(
    found,
    1,
    `The source of a mutation is ${found} times in src/${file}, not once: update the mutation to what is there now.\n${from}`,
  );
  const copied = sources.dependents(file);
  assert.ok(copied.has("index.ts"), `Nothing in index.ts needs src/${file}`);
  const folder = await mkdtemp(join(tmpdir(), "motte-reconnect-mutant-"));
  try {
    // Its imports of other packages are looked up from where it lies.
    await symlink(join(sourceFolder, "..", "node_modules"), join(folder, "node_modules"), "dir");
    for (const name of copied) {
      // A function, because a replacement text has `$` patterns.
      const text = name === file ? original.replace(from, () => to) : sources.text(name);
      const moved = Sources.moved(name, text, (imported, path) =>
        copied.has(imported) ? path : join(sourceFolder, imported),
      );
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), moved);
    }
    const entry = pathToFileURL(join(folder, "index.ts")).href;
    // A copy of the package has the package's type.
    const subject = (await import(/* @vite-ignore */ entry)) as Subject;
    return await use(subject);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
