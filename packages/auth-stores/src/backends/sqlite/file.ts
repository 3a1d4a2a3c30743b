import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { UsageError, hasCode } from "@motte/core/errors";

/**
 * Makes sure that `file` can be opened, creating it empty and readable by its owner alone if it is missing, and
 * returns its real path. Throws a `UsageError` before anything is created when it cannot.
 */
export function prepareFile(file: string): string {
  const folder = dirname(file);
  if (!existsSync(folder)) {
    throw unreadable(`The folder ${folder} of the database does not exist: create it first`);
  }
  if (existsSync(file)) {
    if (!statSync(file).isFile())
      throw unreadable(`${file} is not a file: name the database file itself`);
    assertAccess(file);
    return realpathSync(file);
  }
  if (!statSync(folder).isDirectory()) throw unreadable(`${folder} is not a folder`);
  assertAccess(folder);
  createPrivate(file);
  return realpathSync(file);
}

// SQLite would create it as the umask allows, mostly readable by everybody; its -wal and -shm files take the mode of
// the database.
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    // Another process was first, which is as good.
    if (!hasCode(error, "EEXIST")) throw unreadable(`${file} cannot be created`, error);
  }
}

function assertAccess(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw unreadable(`This user may not read and write ${path}`, error);
  }
}

function unreadable(message: string, cause?: unknown): UsageError {
  return new UsageError("USAGE_UNREADABLE_PATH", message, { cause });
}
