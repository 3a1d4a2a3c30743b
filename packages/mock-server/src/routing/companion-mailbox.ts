import type { ServerContext } from "../context.ts";
import { Mailbox } from "../world/mailbox.ts";

/** What the journal says of a stanza that had to make room for newer ones. */
const DROPPED = "dropped: mailbox full";

/**
 * The mailbox of a new companion. WhatsApp says how long it keeps what a device has not fetched, but not how much;
 * here the oldest goes first, and never in silence.
 */
export function companionMailbox({ limits, journal, logger }: ServerContext): Mailbox {
  const capacity = limits.maxWaitingStanzas;
  return new Mailbox({
    capacity,
    onDropped: (stanza, count) => {
      journal.record({ direction: "out", stanza, note: DROPPED });
      if (count > 1) return;
      logger.warn(
        { limit: capacity, tag: stanza.tag },
        "the mailbox of a device is full and drops its oldest stanzas: let the client confirm them, or raise limits.maxWaitingStanzas",
      );
    },
  });
}
