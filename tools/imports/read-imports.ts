import { readFileSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";

/** One import as it stands in a source file of a package. */
export interface Import {
  readonly package: string;
  /** The file that imports, from the package's `src`. */
  readonly file: string;
  /** The file of the same package that is imported, from `src`; or the name of another package. */
  readonly target: { readonly file: string } | { readonly package: string };
  /** Whether nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
}

const packages = new URL("../../packages/", import.meta.url);

export function packageFolders(): string[] {
  return readdirSync(packages).toSorted();
}

/** The source files of a package, from its `src`. */
export function filesOf(folder: string): string[] {
  return readdirSync(new URL(`${folder}/src/`, packages), { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts"))
    .toSorted();
}

/** Every import in the sources of a package, `import()` and `export … from` among them. */
export function importsOf(folder: string): Import[] {
  return filesOf(folder).flatMap((file) => {
    const text = readFileSync(new URL(`${folder}/src/${file}`, packages), "utf8");
    return specifiersIn(text).flatMap(({ name, typeOnly }) => {
      const target = targetOf(name, file);
      return target === undefined ? [] : [{ package: folder, file, target, typeOnly }];
    });
  });
}

function targetOf(name: string, file: string): Import["target"] | undefined {
  if (name.startsWith(".")) return { file: posix.join(posix.dirname(file), name) };
  if (name.startsWith("node:")) return undefined;
  const parts = name.split("/");
  return { package: parts.slice(0, name.startsWith("@") ? 2 : 1).join("/") };
}

function specifiersIn(text: string): { name: string; typeOnly: boolean }[] {
  const source = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true);
  const found: { name: string; typeOnly: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ name: node.moduleSpecifier.text, typeOnly: isTypeOnly(node) });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      const name = (node.moduleSpecifier as ts.StringLiteral).text;
      found.push({ name, typeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier !== undefined && ts.isStringLiteral(specifier)) {
        found.push({ name: specifier.text, typeOnly: false });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTypeOnly({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  if (name !== undefined || namedBindings === undefined) return false;
  if (!ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.every((element) => element.isTypeOnly);
}
