// Draws docs/imports.svg from the imports in the sources; with --check, fails when the picture there is another.
import { readFileSync, writeFileSync } from "node:fs";
import { drawPackages } from "./imports/draw-packages.ts";
import { packageGraph } from "./imports/package-graph.ts";

const file = new URL("../docs/imports.svg", import.meta.url);
const picture = drawPackages(packageGraph());

if (!process.argv.includes("--check")) {
  writeFileSync(file, picture);
} else if (readFileSync(file, "utf8") !== picture) {
  process.stdout.write(
    "docs/imports.svg shows other imports than there are: run pnpm exec tsx tools/draw-imports.ts\n",
  );
  process.exitCode = 1;
}
