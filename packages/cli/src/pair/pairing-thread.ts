// A thread of its own: Baileys leaves timers of up to a minute behind, which end with it, and the libsignal inside
// writes whole sessions to the console, which nobody reads here.
import { parentPort, workerData } from "node:worker_threads";
import { pairAccount } from "./pair-account.ts";
import type { PairingMessage, PairingRequest } from "./pairing-news.ts";

// Baileys rejects a promise that it keeps to itself when a connection ends during the login.
process.on("unhandledRejection", (reason) => {
  if (reason instanceof Error && reason.message === "Connection Closed") return;
  throw reason;
});

const stopped = new AbortController();
parentPort?.once("message", () => stopped.abort(new Error("Interrupted")));

const tell = (message: PairingMessage): void => parentPort?.postMessage(message, []);
// What a thread is started with has no type; `pairInThread` starts this one with nothing else.
const request: PairingRequest = workerData;
tell(await outcome());

async function outcome(): Promise<PairingMessage> {
  try {
    return await pairAccount(request, { tell, signal: stopped.signal });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    return { outcome: "failed", code, message };
  }
}
