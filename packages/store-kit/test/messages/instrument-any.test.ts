import { afterAll, expect, test } from "vitest";
import type { InstrumentedSocket } from "@motte/store-kit";
import { backends, stopBackends, textAt } from "../support/message-places.ts";
import { PN, ownKey } from "../support/messages.ts";

afterAll(stopBackends);

test.each(await backends())(
  "a relay with an id is in $name before its stanza leaves",
  async (backend) => {
    await using place = await backend.place();
    await using opened = await place.open();
    const { store } = opened;
    const found: unknown[] = [];
    const sock: InstrumentedSocket = {
      relayMessage: async (_jid, _message, { messageId = "" }) => {
        // A second store has only what is written.
        await using other = await place.open();
        found.push(await textAt(other.store, ownKey(messageId)));
        return messageId;
      },
      sendMessage: async () => undefined,
    };
    store.instrumentSends(sock);

    await sock.relayMessage(PN, { conversation: "hi" }, { messageId: "A" });
    expect(found).toEqual(["hi"]);
  },
);
