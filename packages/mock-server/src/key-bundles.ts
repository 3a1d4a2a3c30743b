import { type ServerContext, unixTime } from "./context.ts";
import { node } from "./replies.ts";
import { SERVER_JID } from "./wire/jid.ts";
import type { Companion } from "./world/companion.ts";
import type { Device } from "./world/device.ts";
import type { PreKeyBundle } from "./world/pre-key-bundle.ts";

const LOW_COUNT = 10;

/** All it takes to start a Signal session with a device, with a one-time key that nobody else gets. */
export function takeBundle(device: Device, context: ServerContext): PreKeyBundle {
  return device.played ? device.nextBundle() : takeClientBundle(device, context);
}

/**
 * Each key taken from the last few tells the client how many are left: Baileys uploads more when it hears of fewer
 * than five. A client without any still has a valid bundle.
 */
function takeClientBundle(companion: Companion, context: ServerContext): PreKeyBundle {
  const preKey = companion.preKeys.take();
  const left = companion.preKeys.size;
  if (preKey !== undefined && left < LOW_COUNT) {
    companion.deliver(
      node(
        "notification",
        { from: SERVER_JID, id: context.nextId(), type: "encrypt", t: unixTime(context.clock) },
        [node("count", { value: String(left) })],
      ),
    );
  }
  return { ...companion.keys, preKey };
}
