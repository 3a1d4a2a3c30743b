import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasCode } from "@motte/core/errors";

/** An installed Baileys. */
export interface FoundBaileys {
  readonly version: string;
  /** Its folder. */
  readonly path: string;
}

// The same library under both of its names on npm.
const NAMES = ["@whiskeysockets/baileys", "baileys"];

/** The Baileys that a program in this folder would load, found as Node does: in `node_modules`, here and upwards. */
export async function baileysBeside(folder: string): Promise<FoundBaileys | undefined> {
  for (const name of NAMES) {
    const path = join(folder, "node_modules", name);
    const version = await versionOf(join(path, "package.json"));
    if (version !== undefined) return { version, path };
  }
  const above = dirname(folder);
  return above === folder ? undefined : baileysBeside(above);
}

async function versionOf(manifest: string): Promise<string | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(manifest, "utf8"));
  } catch (error) {
    // Whose folders they are on the way up is nobody's concern here.
    const expected = ["ENOENT", "ENOTDIR", "EACCES"].some((code) => hasCode(error, code));
    if (expected || error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof content !== "object" || content === null || !("version" in content)) return undefined;
  return typeof content.version === "string" ? content.version : undefined;
}
