import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const sqliteManifest = createRequire(join(root, "package.json")).resolve(
  "better-sqlite3/package.json",
);
const ADDON = "build/Release/better_sqlite3.node";

/** A project outside the workspace, into which the packages were installed as a registry would hand them out. */
export interface PackedProject extends AsyncDisposable {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** The file of an installed package's tarball, by the package's name. */
  readonly tarballs: ReadonlyMap<string, string>;
}

/** Packs every package and runs a page's `npm install` in an empty project, with the tarballs in the registry's place. */
export async function packedProject(installCommand: string): Promise<PackedProject> {
  const temporary = await temporaryFolder();
  try {
    return await install(installCommand, temporary);
  } catch (error) {
    await temporary[Symbol.asyncDispose]();
    throw error;
  }
}

async function install(installCommand: string, temporary: TemporaryFolder): Promise<PackedProject> {
  const tarballs = await pack(temporary.file("tarballs"));
  const folder = temporary.file("project");
  await mkdir(folder);
  const places = new Map(
    [...tarballs].map(([name, file]) => [name, `file:../tarballs/${basename(file)}`]),
  );
  // The packages find each other in the tarballs as well, and SQLite is the one that is compiled here.
  const overrides = {
    ...Object.fromEntries(places),
    "better-sqlite3": await versionIn(sqliteManifest),
  };
  const manifest = { private: true, overrides };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  const [npm = "", ...words] = installCommand.split(" ");
  const args = words.map((word) => places.get(word) ?? word);
  const env = cleanEnvironment();
  // Scripts stay off: the only one that matters compiles SQLite for some minutes.
  const options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await run(npm, [...args, ...options], { cwd: folder, env });
  await bringSqlite(folder);
  return { folder, env, tarballs, [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose]() };
}

async function pack(folder: string): Promise<Map<string, string>> {
  await mkdir(folder);
  const args = ["-r", "--filter", "./packages/*", "pack", "--pack-destination", folder];
  await run("pnpm", args, { cwd: root });
  const files = await readdir(folder);
  return new Map(
    files.map((file) => {
      const name = /^motte-(?<name>.+)-\d+\.\d+\.\d+.*\.tgz$/.exec(file)?.groups?.["name"];
      return [`@motte/${String(name)}`, join(folder, file)];
    }),
  );
}

// What the install script would have compiled is what the workspace has already.
async function bringSqlite(project: string): Promise<void> {
  const from = join(dirname(sqliteManifest), ADDON);
  if (!existsSync(from)) return; // A Node with SQLite in it: nothing was compiled.
  const to = join(project, "node_modules/better-sqlite3", ADDON);
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

async function versionIn(manifest: string): Promise<string> {
  return (JSON.parse(await readFile(manifest, "utf8")) as { version: string }).version;
}

/** Without what pnpm and Vitest put there for programs of their own. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      /^npm_config_(?:registry|cache|userconfig)$/i.test(name) ||
      !/^(?:npm_|pnpm_|vitest|node_env|node_options|node_path|dev|prod|test|mode)/i.test(name),
  );
  return Object.fromEntries(kept);
}
