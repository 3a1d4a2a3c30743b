import { fdatasync, fdatasyncSync } from "node:fs";
import { promisify } from "node:util";
import { systemClock } from "@motte/core/clock";

// What a disk with a cache of its own needs is a fraction of that; others take ten times as long.
const QUICK_MS = 1;

const fdatasyncElsewhere = promisify(fdatasync);

let lastTookMs = 0;
let hasWaited = false;

/**
 * What was written to the file is on disk when it resolves: its content and length, not its time stamps.
 *
 * A quick disk is waited for in place, as the way to another thread and back takes half as long again; but only once
 * in a turn of the event loop, so that many sessions that write at the same time do not hold it up one by one. A slow
 * disk is always waited for elsewhere.
 */
export async function flush(descriptor: number): Promise<void> {
  const startedMs = systemClock.monotonic();
  if (hasWaited || lastTookMs > QUICK_MS) {
    await fdatasyncElsewhere(descriptor);
  } else {
    hasWaited = true;
    setImmediate(() => {
      hasWaited = false;
    });
    fdatasyncSync(descriptor);
  }
  lastTookMs = systemClock.monotonic() - startedMs;
}
