import { type ServerContext, unixTime } from "./context.ts";
import { node } from "./replies.ts";
import { SERVER_JID } from "./wire/jid.ts";
import type { Companion } from "./world/companion.ts";
import type { PreKeyBundle } from "./world/pre-key-bundle.ts";

const LOW_COUNT = 10;

/** A client's bundle with its next one-time key, which nobody else gets. Tells the client when few are left. */
export function takeClientBundle(companion: Companion, context: ServerContext): PreKeyBundle {
  const preKey = companion.preKeys.take();
  const left = companion.preKeys.size;
  if (preKey !== undefined && left < LOW_COUNT && !companion.toldKeysAreLow) {
    companion.toldKeysAreLow = true;
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
