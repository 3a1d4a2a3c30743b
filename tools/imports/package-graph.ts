import { type Import, filesOf, importsOf, packageFolders } from "./read-imports.ts";

/** What the sources of a package import, summed up. */
export interface PackageNode {
  readonly folder: string;
  /** Packages of this repository that it imports, by folder. */
  readonly uses: readonly string[];
  /** Libraries that it loads, and those of which it only needs the types. */
  readonly libraries: readonly string[];
  readonly types: readonly string[];
  /** The folders of its `src`, or its files where it has none. */
  readonly parts: readonly string[];
  /** 0 for what imports no other package, else one more than the highest of what it imports. */
  readonly rank: number;
}

const SCOPE = "@motte/";

export function packageGraph(): PackageNode[] {
  const known = new Map<string, PackageNode>();
  const visit = (folder: string): PackageNode => {
    const before = known.get(folder);
    if (before !== undefined) return before;
    const imports = importsOf(folder);
    const uses = unique(
      imports.flatMap(({ target }) =>
        "package" in target && target.package.startsWith(SCOPE)
          ? [target.package.slice(SCOPE.length)]
          : [],
      ),
    );
    const rank = Math.max(-1, ...uses.map((used) => visit(used).rank)) + 1;
    const node = { folder, uses, ...librariesOf(imports), parts: partsOf(folder), rank };
    known.set(folder, node);
    return node;
  };
  return packageFolders().map(visit);
}

function librariesOf(imports: readonly Import[]): Pick<PackageNode, "libraries" | "types"> {
  const outside = imports.flatMap(({ target, typeOnly }) =>
    "package" in target && !target.package.startsWith(SCOPE)
      ? [{ name: target.package, typeOnly }]
      : [],
  );
  const loaded = unique(outside.filter(({ typeOnly }) => !typeOnly).map(({ name }) => name));
  const all = unique(outside.map(({ name }) => name));
  return { libraries: loaded, types: all.filter((name) => !loaded.includes(name)) };
}

function partsOf(folder: string): string[] {
  const files = filesOf(folder);
  const folders = unique(
    files.filter((file) => file.includes("/")).map((file) => file.split("/")[0] ?? ""),
  );
  return folders.length > 0 ? folders : files.map((file) => file.slice(0, -".ts".length));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}
