// Fails when the packages are not ready to be published. Checks the repository it is in, or the one that is named.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly repository?: { readonly url?: string };
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean };
}

const root = resolve(process.argv[2] ?? join(import.meta.dirname, ".."));
const problems: string[] = [];

const pending = readdirSync(join(root, ".changeset")).filter((file) => file.endsWith(".md"));
if (pending.length > 0) {
  problems.push(`${pending.length} changesets are pending: run pnpm exec changeset version`);
}
for (const folder of readdirSync(join(root, "packages"))) {
  const manifest = JSON.parse(
    readFileSync(join(root, "packages", folder, "package.json"), "utf8"),
  ) as Manifest;
  const { name, version, repository, publishConfig } = manifest;
  if (version === "0.0.0") problems.push(`${name} has no version yet`);
  if (!existsSync(join(root, "packages", folder, "CHANGELOG.md"))) {
    problems.push(`${name} has no CHANGELOG.md`);
  }
  // npm only attests where a package was built when the package says which repository that is.
  if (repository?.url === undefined) problems.push(`${name} names no repository`);
  if (publishConfig?.provenance !== true || publishConfig.access !== "public") {
    problems.push(`${name} would be published without provenance, or not publicly`);
  }
}

for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
