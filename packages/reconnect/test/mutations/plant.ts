import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Subject } from "../laws/law.ts";
import type { Mutation } from "./mutation.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Makes a copy of the package with the mistake in it and hands it to `use`. The copy is gone afterwards. */
export async function plant<T>(
  mutation: Omit<Mutation, "law">,
  use: (subject: Subject) => T | Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "motte-reconnect-mutant-"));
  try {
    await cp(join(root, "src"), join(folder, "src"), { recursive: true });
    // Its imports of other packages are looked up from where it lies.
    await symlink(join(root, "node_modules"), join(folder, "node_modules"), "dir");
    await mutate(join(folder, "src", mutation.file), mutation);
    const entry = pathToFileURL(join(folder, "src", "index.ts")).href;
    // A copy of the package has the package's type.
    const subject = (await import(/* @vite-ignore */ entry)) as Subject;
    return await use(subject);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function mutate(path: string, { file, from, to }: Omit<Mutation, "law">): Promise<void> {
  const source = await readFile(path, "utf8");
  const found = source.split(from).length - 1;
  assert.equal(
    found,
    1,
    `The source of a mutation is ${found} times in src/${file}, not once: update the mutation to what is there now.\n${from}`,
  );
  // A function, because a replacement text has `$` patterns.
  await writeFile(
    path,
    source.replace(from, () => to),
  );
}
