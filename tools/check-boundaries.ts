// Fails when a package depends on one that the picture in README does not allow it to.
import { readFileSync, readdirSync } from "node:fs";

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

/** Which workspace packages each package may depend on. */
const ALLOWED: Record<string, readonly string[]> = {
  core: [],
  "auth-stores": ["core"],
  reconnect: ["core"],
  "store-kit": ["core"],
  "mock-server": ["core"],
  cli: ["core", "auth-stores", "reconnect", "store-kit", "mock-server"],
};

// libsignal is GPL-3.0: one folder may load it, and nothing else of ours may.
const LIBSIGNAL_FOLDER = "mock-server/src/phone/";
const LIBSIGNAL_IMPORT = /(?:from|import\()\s*["']libsignal(?:\/[^"']*)?["']/;

const packages = new URL("../packages/", import.meta.url);
const problems: string[] = [];

for (const folder of readdirSync(packages)) {
  const allowed = ALLOWED[folder];
  if (allowed === undefined) {
    problems.push(`packages/${folder} is not in the picture: add it to tools/check-boundaries.ts`);
    continue;
  }
  const manifest = JSON.parse(
    readFileSync(new URL(`${folder}/package.json`, packages), "utf8"),
  ) as Manifest;
  const used = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  for (const name of used) {
    const other = name.startsWith("@motte/") ? name.slice("@motte/".length) : undefined;
    if (other !== undefined && !allowed.includes(other)) {
      problems.push(`${manifest.name} must not depend on ${name}`);
    }
  }
  for (const file of sourcesOf(folder)) {
    const loadsLibsignal = LIBSIGNAL_IMPORT.test(readFileSync(new URL(file, packages), "utf8"));
    if (loadsLibsignal && !file.startsWith(LIBSIGNAL_FOLDER)) {
      problems.push(`packages/${file} loads libsignal, which only ${LIBSIGNAL_FOLDER} may`);
    }
  }
}

for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

function sourcesOf(folder: string): string[] {
  return readdirSync(new URL(`${folder}/src/`, packages), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => `${folder}/src/${path}`);
}
