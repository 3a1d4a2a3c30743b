// Writes the address of every module that is loaded from here on into the file that MOTTE_TEST_LOADED names. Handed to Node
// with --import; the hooks below are this same file, loaded once more in the thread in which Node keeps them.
import { appendFileSync } from "node:fs";
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

const file = process.env.MOTTE_TEST_LOADED ?? "";
if (isMainThread) register(import.meta.url);

export async function load(url, context, nextLoad) {
  appendFileSync(file, `${url}\n`);
  return nextLoad(url, context);
}
