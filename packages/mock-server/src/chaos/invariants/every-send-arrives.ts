import { inboxOf } from "./inbox-of.ts";
import type { Invariant } from "./invariant.ts";

export const everySendArrives: Invariant = {
  name: "every-send-arrives",
  summary: "every message of a client's that the server took was read by the person it is for",
  violations: ({ context, traffic }) =>
    traffic.accepted
      .filter(({ id, to }) => {
        const inbox = inboxOf(to, context);
        return inbox !== undefined && !inbox.messages.some((message) => message.id === id);
      })
      .map(({ id }) => `the message ${id} was acked and never read`),
};
