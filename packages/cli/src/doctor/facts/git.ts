import { execFile } from "node:child_process";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { hasCode } from "@motte/core/errors";

/** How git sees a file. `outside`: in no work tree, or there is no git to ask. */
export type GitState = "outside" | "ignored" | "tracked" | "not-ignored";

const run = promisify(execFile);

/** Asks git itself, which knows every place that patterns may stand in. */
export async function gitStateOf(file: string): Promise<GitState> {
  const folder = dirname(file);
  const name = basename(file);
  const inside = await git(folder, ["rev-parse", "--is-inside-work-tree"]);
  if (inside.code !== 0 || inside.out.trim() !== "true") return "outside";
  if ((await git(folder, ["ls-files", "--error-unmatch", "--", name])).code === 0) return "tracked";
  // gitglossary and git-check-ignore(1): 0 when it is ignored, 1 when it is not, 128 when that cannot be said.
  const ignored = await git(folder, ["check-ignore", "--quiet", "--", name]);
  if (ignored.code === 0) return "ignored";
  return ignored.code === 1 ? "not-ignored" : "outside";
}

async function git(
  folder: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string }> {
  // Somebody else's repository is looked at as well; nothing of it is run.
  const asked = ["-C", folder, "-c", "safe.directory=*", "-c", "core.fsmonitor=false", ...args];
  try {
    const { stdout } = await run("git", asked, { env: withoutGit(process.env) });
    return { code: 0, out: stdout };
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "EACCES")) return { code: 128, out: "" };
    if (error instanceof Error && "code" in error && typeof error.code === "number") {
      return { code: error.code, out: "" };
    }
    throw error;
  }
}

// Started from a hook, git's own variables would name another repository.
function withoutGit(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("GIT_")));
}
