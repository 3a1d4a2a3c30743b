import { Worker } from "node:worker_threads";
import type {
  PairingMessage,
  PairingNews,
  PairingOutcome,
  PairingRequest,
} from "./pairing-news.ts";

const threadFile = new URL("./pairing-thread.js", import.meta.url);

/** Pairs in a thread of its own. Resolves when nothing of it is left. */
export async function pairInThread(
  request: PairingRequest,
  { tell, signal }: { readonly tell: (news: PairingNews) => void; readonly signal: AbortSignal },
): Promise<PairingOutcome> {
  signal.throwIfAborted();
  const thread = new Worker(threadFile, { workerData: request, stdout: true, stderr: true });
  thread.stdout.resume();
  thread.stderr.resume();
  const stop = (): void => thread.postMessage("stop", []);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise<PairingOutcome>((resolve, reject) => {
      thread.on("message", (message: PairingMessage) => {
        if ("outcome" in message) resolve(message);
        else tell(message);
      });
      thread.once("error", reject);
      thread.once("exit", () => reject(new Error("The pairing ended before it was through")));
    });
  } finally {
    signal.removeEventListener("abort", stop);
    await thread.terminate();
  }
}
