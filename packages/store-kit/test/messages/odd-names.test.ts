import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MessagePlace, backends, stopBackends, textAt } from "../support/message-places.ts";
import { GROUP, NOW_MS, editOf, message, ownKey, revokeOf, theirKey } from "../support/messages.ts";

const ANN = "101@lid";

// A revoke names its message in text that its sender makes up, and protobuf decodes bytes that are no text to these.
const ODD = [
  ["an end of text", "A\0B"],
  ["half of a character", "A\ud800"],
  ["the other half of one", "\udc00"],
  ["more than any name has", "A".repeat(1_000_000)],
] as const;

afterAll(stopBackends);

describe.each(await backends())("names that nobody has, in $name", (backend) => {
  let place: MessagePlace;
  beforeEach(async () => {
    place = await backend.place();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  test.each(ODD)(
    "%s in what others send takes nothing else of the flush with it",
    async (_, odd) => {
      await using opened = await place.open({ isGroupAdmin: () => undefined });
      const { store } = opened;
      await store.recordSent(message(ownKey("KNOWN", GROUP), "sent"));
      for (const round of ["1", "2"]) {
        const messages = [
          revokeOf(theirKey(odd, GROUP, ANN), theirKey(`revoke ${round}`, GROUP, ANN)),
          revokeOf(theirKey("X", GROUP, `${odd}@lid`), theirKey(`claim ${round}`, GROUP, ANN)),
          editOf(theirKey(odd, GROUP, ANN), "edit", theirKey(`edit ${round}`, GROUP, ANN)),
          editOf(
            ownKey("KNOWN", GROUP),
            `edit ${round}`,
            ownKey(`own edit ${round}`, GROUP),
            NOW_MS - 2000 + Number(round),
          ),
        ];
        store.ingest({ "messages.upsert": { messages, type: "notify" } });
        await store.drain();
        expect(await textAt(store, ownKey("KNOWN", GROUP))).toBe(`edit ${round}`);
      }
      expect(opened.errors.filter((code) => code !== "STORE_KIT_EVENT_UNREADABLE")).toEqual([]);
    },
  );
});
