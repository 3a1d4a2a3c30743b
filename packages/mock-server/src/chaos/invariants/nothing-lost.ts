import type { Invariant } from "./invariant.ts";

// Baileys' refusal of a copy it has read before (messages-recv.js): the message is there.
const READ_BEFORE = "487";

export const nothingLost: Invariant = {
  name: "nothing-lost",
  summary: "every message to a client was read by it, and heard by the bot if it was asked",
  violations: ({ traffic, heard }) => {
    const missing = (id: string): boolean => heard !== undefined && !heard.includes(id);
    return [
      ...traffic.sent
        .filter(({ delivered, refusals }) => !delivered && !refusals.includes(READ_BEFORE))
        .map(({ id }) => `the message ${id} was not read by its client`),
      ...traffic.sent
        .filter(({ id }) => missing(id))
        .map(({ id }) => `the bot never heard message ${id}`),
    ];
  },
};
