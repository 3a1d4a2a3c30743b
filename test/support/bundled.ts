import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What is used of esbuild, with which tsx compiles. */
interface Esbuild {
  buildSync(options: object): {
    readonly outputFiles: readonly { readonly path: string; readonly contents: Uint8Array }[];
  };
}

const require = createRequire(import.meta.url);
// Of a dependency, which this package can name only through it.
const { buildSync } = createRequire(require.resolve("tsx"))("esbuild") as Esbuild;

const done = new Map<string, string>();

/**
 * The file of a program as JavaScript with all sources of this workspace in it: plain Node starts it in a fraction of the
 * time that a loader takes, which compiles file by file. It lies where the package at `root` finds its dependencies.
 * `threads` are the files that the sources start threads from, which then lie beside it.
 */
export function bundled(program: URL, root: URL, threads: readonly URL[] = []): string {
  const known = done.get(program.href);
  if (known !== undefined) return known;
  const file = fileURLToPath(program);
  const folder = join(
    fileURLToPath(root),
    "node_modules/.motte-programs",
    `${basename(file, ".ts")}-${process.pid}`,
  );
  const { outputFiles } = buildSync({
    entryPoints: [file, ...threads.map((thread) => fileURLToPath(thread))],
    entryNames: "[name]",
    outdir: folder,
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@motte/source"],
    external: ["@whiskeysockets/*", "better-sqlite3", "ioredis", "redis", "tsx"],
  });
  mkdirSync(folder, { recursive: true });
  for (const { path, contents } of outputFiles) writeWhole(path, contents);
  writeWhole(join(folder, "package.json"), '{"type":"module"}');
  const made = join(folder, `${basename(file, ".ts")}.js`);
  done.set(program.href, made);
  return made;
}

// A process of an earlier run may have had this number, and its programs may still run.
function writeWhole(file: string, contents: string | Uint8Array): void {
  writeFileSync(`${file}.new`, contents);
  renameSync(`${file}.new`, file);
}
