import { systemClock } from "@motte/core/clock";

const rejections: string[] = [];
const others = process.listeners("unhandledRejection");
process.removeAllListeners("unhandledRejection");

// Deep enough to show who wrote to a socket that is gone.
Error.stackTraceLimit = 50;

// A client that is cut in the middle of something leaves promises behind (Baileys socket.js: the listener for
// `offline_preview` awaits `sendNode`, the one for messages awaits `decodeFrame`). What comes from anywhere else is
// still the test runner's business, and fails the run.
process.on("unhandledRejection", (reason, promise) => {
  if (reason instanceof Error && reason.stack?.includes("/@whiskeysockets/baileys/")) {
    rejections.push(nameOf(reason));
  } else {
    for (const listener of others) listener(reason, promise);
  }
});

/** The messages of what Baileys has left behind since the last call, each once. */
export async function takeRejections(): Promise<readonly string[]> {
  // Node reports a rejection when the microtasks of its turn are over.
  await systemClock.sleep(0);
  return [...new Set(rejections.splice(0))];
}

/** What a send comes to on a connection that is gone depends on how far the news of its end has come. */
function nameOf({ message }: Error): string {
  const inVain = /^(?:Connection Closed|write E\w+|WebSocket is not open\b.*)$/;
  return inVain.test(message) ? "Connection Closed" : message;
}
