import { mkdir, readFile, rename, rmdir } from "node:fs/promises";
import { describeOwner, isOwnerKnownDead } from "@motte/auth-stores";
import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError, hasCode } from "@motte/core/errors";

const LOOK_EVERY_MS = 10;
// Whoever has it needs some milliseconds.
const LONGEST_WAIT_MS = 5000;

/**
 * Gives a whole file its name, unless a ready file of a server that is running has it, or something else. What a killed
 * server has left is replaced. Of several that try at once, one succeeds.
 */
export async function claimReadyFile(
  unfinished: string,
  file: string,
  clock: Pick<Clock, "monotonic" | "sleep"> = systemClock,
): Promise<void> {
  // Looking and replacing are two calls, which nothing in a file system makes one.
  const turn = `${file}.claim`;
  await takeTurn(turn, clock);
  try {
    const found = await contentOf(file);
    if (found !== undefined) assertStale(file, found);
    await rename(unfinished, file);
  } finally {
    await rmdir(turn);
  }
}

/** Makes the folder that only one can make at a time. One that a killed process has left is for people to remove. */
async function takeTurn(folder: string, clock: Pick<Clock, "monotonic" | "sleep">): Promise<void> {
  const end = clock.monotonic() + LONGEST_WAIT_MS;
  for (;;) {
    try {
      return await mkdir(folder);
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
      if (clock.monotonic() > end) {
        throw new UsageError(
          "USAGE_INVALID_OPTION",
          `${folder} is there, as while another server starts: if none does, remove that folder`,
          { cause: error },
        );
      }
      await clock.sleep(LOOK_EVERY_MS);
    }
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

/** `undefined` when there is none. */
export async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
