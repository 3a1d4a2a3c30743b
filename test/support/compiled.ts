import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/**
 * The file of a program as JavaScript. It runs in plain Node, on the built packages, as a user's does; a loader that
 * compiles what it meets takes longer to start than the program. The program imports packages, and no files.
 */
export function compiled(program: URL): string {
  const file = fileURLToPath(program);
  const folder = join(packageOf(file), "node_modules/.programs");
  mkdirSync(folder, { recursive: true });
  const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  const made = join(folder, `${basename(file, ".ts")}.mjs`);
  // Others compile it at the same time.
  const own = `${made}.${process.pid}`;
  writeFileSync(own, outputText);
  renameSync(own, made);
  return made;
}

/** The folder from which what the file imports is found. */
function packageOf(file: string): string {
  const folder = dirname(file);
  return existsSync(join(folder, "package.json")) ? folder : packageOf(folder);
}
