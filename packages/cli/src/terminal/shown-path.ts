import { isAbsolute, relative } from "node:path";

/** A path as people would write it here: from the working folder, when it is in there. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") || isAbsolute(short) ? path : short;
}
