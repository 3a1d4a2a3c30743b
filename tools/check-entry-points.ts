// Fails when a package's two export maps, its typedoc entry points and its files do not say the same.
import { existsSync, readFileSync, readdirSync } from "node:fs";

interface Target {
  readonly "@motte/source"?: string;
  readonly types: string;
  readonly default: string;
}
type ExportMap = Record<string, string | Target>;
interface Manifest {
  readonly exports: ExportMap;
  readonly publishConfig: { readonly exports: ExportMap };
}

/** Folders in which every file is an entry point of its own, so that importing one loads no other. */
const ONE_ENTRY_PER_FILE = ["backends"];
/** A file that belongs to another of its folder: `sqlite-schema.ts` is part of `sqlite.ts`. */
const isPart = (file: string, all: readonly string[]): boolean =>
  all.some((other) => other !== file && file.startsWith(`${other.replace(/\.ts$/, "")}-`));

const packages = new URL("../packages/", import.meta.url);
const problems: string[] = [];

for (const folder of readdirSync(packages)) check(folder);
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

function check(folder: string): void {
  const root = new URL(`${folder}/`, packages);
  const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, root), "utf8"));
  const manifest = read("package.json") as Manifest;
  const { entryPoints } = read("typedoc.json") as { entryPoints: readonly string[] };
  const report = (problem: string): void => void problems.push(`packages/${folder}: ${problem}`);

  const sources: string[] = [];
  const published: ExportMap = {};
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (typeof target === "string") {
      published[subpath] = target;
      continue;
    }
    const { "@motte/source": source, ...rest } = target;
    published[subpath] = rest;
    if (source === undefined || !existsSync(new URL(source, root))) {
      report(`${subpath} names no source file that exists`);
    } else {
      sources.push(source.slice("./".length));
    }
  }
  if (JSON.stringify(published) !== JSON.stringify(manifest.publishConfig.exports)) {
    report("publishConfig.exports is not exports without @motte/source");
  }
  if (sources.length > 0 && sources.toSorted().join() !== entryPoints.toSorted().join()) {
    report(`typedoc.json lists ${entryPoints.join()}, the exports are ${sources.join()}`);
  }
  for (const name of ONE_ENTRY_PER_FILE) {
    const inner = new URL(`src/${name}/`, root);
    if (!existsSync(inner)) continue;
    const files = readdirSync(inner).filter((file) => file.endsWith(".ts"));
    for (const file of files) {
      if (!isPart(file, files) && !sources.includes(`src/${name}/${file}`)) {
        report(`src/${name}/${file} is not exported`);
      }
    }
  }
}
