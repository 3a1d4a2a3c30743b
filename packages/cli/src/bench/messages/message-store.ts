import { setImmediate } from "node:timers/promises";
import { silentLogger } from "@motte/core/logger";
import { bindStores, createIdentities, openMessageStore } from "@motte/store-kit";
import type { Baileys, MessageDatabase, MessageSide } from "./side.ts";

/** So many messages come in one event, as a phone sends its history in parts. */
const PER_EVENT = 2_500;

// As the others do, which keep every message.
const keep = (): "body" => "body";

/** The store of @motte/store-kit, which finds a message under every address of its chat and forgets it in time. */
export function messageStore({ makeEventBuffer }: Baileys): MessageSide {
  return {
    name: "message store",
    role: "ours",
    kind: "message-store",
    note: "found by chat, under any address",
    open: async (file): Promise<MessageDatabase> => {
      const identities = createIdentities();
      const failures: Error[] = [];
      // What fails is told, and not thrown: nothing is measured of a store that fails.
      const onError = (error: Error): void => void failures.push(error);
      const account = "bench";
      const store = await openMessageStore({ file, account, identities, keep, onError });
      return {
        getMessage: store.getMessage,
        recordSent: (message) => store.recordSent(message),
        takeHistory: async (messages) => {
          const ev = makeEventBuffer(silentLogger);
          const binding = bindStores({ ev }, { identities, messages: store }, { onError });
          for (let from = 0; from < messages.length; from += PER_EVENT) {
            const part = messages.slice(from, from + PER_EVENT);
            ev.emit("messaging-history.set", { chats: [], contacts: [], messages: part });
            // The next part has to come over the network first.
            await setImmediate();
          }
          await binding.unbind();
          if (failures[0] !== undefined) throw failures[0];
        },
        close: () => store.close(),
      };
    },
  };
}
