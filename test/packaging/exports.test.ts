import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

interface Manifest {
  readonly name: string;
  readonly exports: Record<string, unknown>;
}

const run = promisify(execFile);
const packages = new URL("../../packages/", import.meta.url);
const here = fileURLToPath(new URL(".", import.meta.url));

const entries = readdirSync(packages).flatMap((folder) => {
  const manifest = JSON.parse(
    readFileSync(new URL(`${folder}/package.json`, packages), "utf8"),
  ) as Manifest;
  return (
    Object.keys(manifest.exports)
      // The preload is a program for `node --import`, and ends the process when it is not told where its server is.
      .filter((subpath) => !subpath.endsWith(".json") && subpath !== "./preload")
      .map((subpath) => manifest.name + subpath.slice(1))
  );
});

test.each(entries)("%s exports only what its snapshot lists", async (specifier) => {
  const module = (await import(specifier)) as object;
  expect(Object.keys(module).toSorted()).toMatchSnapshot();
});

// Runs the built packages in a fresh Node, as an application would.
const node = async (code: string, ...flags: string[]): Promise<string> => {
  const { stdout } = await run(process.execPath, [...flags, "-e", code], { cwd: here });
  return stdout.trim();
};

/** The URL of every module that a fresh Node loads when it imports `specifier`. */
const modulesLoadedBy = async (specifier: string): Promise<string[]> => {
  const hooks = `import { writeSync } from "node:fs";
    export function load(url, context, next) { writeSync(1, url + String.fromCharCode(10)); return next(url, context); }`;
  const out = await node(
    `import { register } from "node:module";
     register("data:text/javascript," + encodeURIComponent(\`${hooks}\`));
     await import(${JSON.stringify(specifier)});`,
    "--input-type=module",
  );
  return out.split("\n");
};

test.each(["@motte/auth-stores", "@motte/reconnect", "@motte/store-kit"])(
  "importing %s loads neither Baileys nor a database driver",
  async (specifier) => {
    const loaded = await modulesLoadedBy(specifier);

    expect(loaded.join("\n")).toContain(specifier.slice("@motte/".length));
    expect(loaded.filter((url) => /node_modules.*(baileys|sqlite3)|node:sqlite/.test(url))).toEqual(
      [],
    );
  },
);

test("the list of loaded modules would show Baileys", async () => {
  const loaded = await modulesLoadedBy("@whiskeysockets/baileys");
  expect(loaded.some((url) => /node_modules.*baileys/.test(url))).toBe(true);
});

test("a CommonJS program can require the built packages", async () => {
  const out = await node(
    `const { supervise } = require("@motte/reconnect"); console.log(typeof supervise);`,
    "--no-warnings",
  );
  expect(out).toBe("function");
});

test("the SQLite thread of the built package works without a TypeScript loader", async () => {
  await using folder = await temporaryFolder();
  const out = await node(
    `import { useSqliteAuthState } from "@motte/auth-stores";
     const auth = await useSqliteAuthState(${JSON.stringify(folder.file("auth.db"))}, { threaded: true });
     await auth.state.keys.set({ "lid-mapping": { 1: "2" } });
     await auth.close();
     const again = await useSqliteAuthState(${JSON.stringify(folder.file("auth.db"))}, { create: "never" });
     console.log((await again.state.keys.get("lid-mapping", ["1"]))["1"]);
     await again.close();`,
    "--input-type=module",
    "--no-warnings",
  );
  expect(out).toBe("2");
});

test("the thread for checkpoints of the built package works without a TypeScript loader", async () => {
  await using folder = await temporaryFolder();
  const out = await node(
    `import { statSync } from "node:fs";
     import { setImmediate } from "node:timers/promises";
     import { openSqliteKV } from "@motte/store-kit";
     const file = ${JSON.stringify(folder.file("kv.db"))};
     let went;
     process.once("worker", () => (went ??= "a thread moved it"));
     const kv = await openSqliteKV({ file, onError: (error) => (went = error.message) });
     const value = new Uint8Array(1_048_576);
     for (let n = 0; n < 8; n++) await kv.write([{ key: "key" + n, value }]);
     while (statSync(file).size < 4 * value.length) await setImmediate();
     await kv.close();
     console.log(went);`,
    "--input-type=module",
    "--no-warnings",
  );
  expect(out).toBe("a thread moved it");
});

// TypeScript 6.0 leaves the ending of a dynamic import alone inside a function with `await using`.
test("no built file imports a TypeScript file", () => {
  const found: string[] = [];
  for (const folder of readdirSync(packages)) {
    const built = new URL(`${folder}/dist/`, packages);
    for (const file of readdirSync(built, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".js")) continue;
      const text = readFileSync(new URL(file, built), "utf8");
      if (/(?:from |import\()"\.[^"]*\.ts"/.test(text)) found.push(`${folder}/dist/${file}`);
    }
  }
  expect(found).toEqual([]);
});
