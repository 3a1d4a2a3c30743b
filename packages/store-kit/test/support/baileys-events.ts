import { type WAMessage, makeEventBuffer } from "@whiskeysockets/baileys";
import processMessage from "@whiskeysockets/baileys/lib/Utils/process-message.js";
import { silentLogger } from "@motte/core/logger";

export const ME = { id: "4910:7@s.whatsapp.net", lid: "777:7@lid" };

/** Baileys' own event buffer, fed as its socket feeds it. */
export interface RealEvents {
  readonly ev: ReturnType<typeof makeEventBuffer>;
  /** What Baileys does with a message, received or sent (Socket/chats.js: upsertMessage). */
  upsert(message: WAMessage): Promise<void>;
}

export function realEvents(): RealEvents {
  const ev = makeEventBuffer(silentLogger);
  return {
    ev,
    upsert: async (message) => {
      ev.emit("messages.upsert", { messages: [message], type: "notify" });
      const context: object = {
        shouldProcessHistoryMsg: false,
        ev,
        creds: { me: ME, accountSettings: {} },
        logger: silentLogger,
        options: {},
        getMessage: async () => undefined,
      };
      await processMessage(message, context as Parameters<typeof processMessage>[1]);
    },
  };
}

/** A source that hands over whatever it is fed, as only a broken peer could make Baileys do. */
export class HandFedEvents {
  #handler: (events: object) => void = () => {};

  process(handler: (events: object) => void): () => void {
    this.#handler = handler;
    return () => {};
  }

  feed(events: object): void {
    this.#handler(events);
  }
}
