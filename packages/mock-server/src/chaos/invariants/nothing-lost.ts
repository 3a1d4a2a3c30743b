import type { Invariant } from "./invariant.ts";

/**
 * Baileys' refusal of a copy it has read before, when the connection ended before it could say so. It decrypts, sends
 * the receipt, and emits last (messages-recv.js): if the receipt cannot be sent, the bot never hears of the message,
 * and nothing can bring it back. No server and no bot can help that, so it is not held against them.
 */
const READ_BEFORE = "487";

export const nothingLost: Invariant = {
  name: "nothing-lost",
  summary: "every message to a client was read by it, and heard by the bot if it was asked",
  violations: ({ traffic, heard }) => {
    const missing = (id: string): boolean => heard !== undefined && !heard.includes(id);
    const due = traffic.sent.filter(({ refusals }) => !refusals.includes(READ_BEFORE));
    return [
      ...due
        .filter(({ delivered }) => !delivered)
        .map(({ id }) => `the message ${id} was not read by its client`),
      ...due.filter(({ id }) => missing(id)).map(({ id }) => `the bot never heard message ${id}`),
    ];
  },
};
