import { link, readFile, rename, rm } from "node:fs/promises";
import { describeOwner, isOwnerKnownDead } from "@motte/auth-stores";
import { UsageError, hasCode } from "@motte/core/errors";

const NO_LINKS = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"];
// Each time, somebody else was faster, and that one's file is the next to be looked at.
const TRIES = 5;

/**
 * Gives a whole file its name, unless a ready file of a server that is running has it, or something else. What a killed
 * server has left goes. Of several that try at once, one succeeds.
 */
export async function claimReadyFile(unfinished: string, file: string): Promise<void> {
  for (let tried = 0; tried < TRIES; tried++) {
    if (await linked(unfinished, file)) return await rm(unfinished, { force: true });
    const found = await contentOf(file);
    if (found === undefined) continue;
    assertStale(file, found);
    await takeAway(file, found, `${unfinished}.old`);
  }
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `Others write the ready file ${file} as well: name another for each server`,
  );
}

/** False when the name is taken: unlike rename(2), link(2) never takes another's place. */
async function linked(unfinished: string, file: string): Promise<boolean> {
  try {
    await link(unfinished, file);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    // Some file systems have no hard links; there, two that come at the same moment are not told apart.
    if (!NO_LINKS.some((code) => hasCode(error, code))) throw error;
    if ((await contentOf(file)) !== undefined) return false;
    await rename(unfinished, file);
    return true;
  }
}

function assertStale(file: string, content: string): void {
  // What mktemp(1) makes for a script.
  if (content === "") return;
  const owner = ownerIn(content);
  if (owner === undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${file} is there and no ready file of motte: name a new file, nothing is written over`,
    );
  }
  if (isOwnerKnownDead(owner)) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${file} is the ready file of another server that is running (${describeOwner(owner)}): name another file, or stop that one (once it is gone for good, remove the file)`,
  );
}

function ownerIn(content: string): string | undefined {
  let ready: unknown;
  try {
    ready = JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof ready !== "object" || ready === null || !("owner" in ready)) return undefined;
  return typeof ready.owner === "string" ? ready.owner : undefined;
}

/** Takes the file away that was looked at, and no other that has its name by now. */
async function takeAway(file: string, looked: string, aside: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  const isOther = (await contentOf(aside)) !== looked;
  // Back where it was; whoever came in between has the name now.
  if (isOther) await linked(aside, file);
  await rm(aside, { force: true });
}

/** `undefined` when there is none. */
export async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
