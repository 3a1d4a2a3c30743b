import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const packages = readdirSync(`${root}packages`).toSorted();

/** The manifests and changesets of this repository, and nothing else of it, as a repository of its own. */
async function copyOfManifests(folder: TemporaryFolder): Promise<void> {
  for (const name of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", ".changeset"]) {
    await cp(join(root, name), folder.file(name), { recursive: true });
  }
  const members = [...packages.map((name) => `packages/${name}`), "bench", "examples", "test"];
  for (const member of members) {
    await mkdir(folder.file(member), { recursive: true });
    for (const name of ["package.json", "CHANGELOG.md"]) {
      if (!existsSync(join(root, member, name))) continue;
      await cp(join(root, member, name), folder.file(`${member}/${name}`));
    }
  }
  const git = (...args: string[]): Promise<unknown> => run("git", args, { cwd: folder.path });
  await git("init", "-q", "-b", "main");
  await git("add", ".");
  await git("-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-q", "-m", "all");
}

async function changeManifests(
  folder: TemporaryFolder,
  change: (manifest: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  for (const name of packages) {
    const file = folder.file(`packages/${name}/package.json`);
    const manifest = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    await writeFile(file, JSON.stringify(change(manifest)));
  }
}

async function problemsOf(folder: TemporaryFolder): Promise<string[]> {
  const check = run(
    process.execPath,
    ["--import", "tsx", `${root}tools/check-release.ts`, folder.path],
    {
      cwd: root,
    },
  );
  const { stdout } = await check.catch((error: { stdout: string }) => error);
  return stdout.split("\n").filter((line) => line !== "");
}

test("a release gives every package a version and a CHANGELOG of its own, and only then may be published", async () => {
  await using folder = await temporaryFolder();
  await copyOfManifests(folder);
  const pending = readdirSync(`${root}.changeset`).filter((file) => file.endsWith(".md"));
  const saidSo = (await problemsOf(folder)).filter((line) => line.includes("are pending"));
  expect(saidSo).toHaveLength(pending.length > 0 ? 1 : 0);

  const changeset = join(root, "node_modules/@changesets/cli/bin.js");
  await run(process.execPath, [changeset, "version"], { cwd: folder.path });

  await changeManifests(folder, (manifest) => ({ ...manifest, repository: undefined }));
  expect(await problemsOf(folder)).toEqual(
    packages.map((name) => `@motte/${name} names no repository`),
  );
  const repository = { type: "git", url: "git+https://example.com/motte.git" };
  await changeManifests(folder, (manifest) => ({ ...manifest, repository }));
  expect(await problemsOf(folder)).toEqual([]);
  for (const name of packages) {
    const log = readFileSync(folder.file(`packages/${name}/CHANGELOG.md`), "utf8");
    expect(log).toMatch(
      new RegExp(`^# @motte/${name}\n\n## \\d+\\.\\d+\\.\\d+\n\n### \\w+ Changes\n\n- `),
    );
  }
});

test.each(packages)("the manifest of %s is fit to be published", (name) => {
  const manifest = JSON.parse(
    readFileSync(`${root}packages/${name}/package.json`, "utf8"),
  ) as Record<string, unknown>;
  const { engines } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    engines: unknown;
  };
  expect(manifest).toMatchObject({
    license: "MIT",
    description: expect.stringMatching(/.{20}/),
    engines,
    files: expect.arrayContaining(["dist", "CHANGELOG.md"]),
    publishConfig: { access: "public", provenance: true },
  });
});
