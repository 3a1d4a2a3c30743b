import type { Invariant } from "./invariant.ts";

export const nothingUnsettled: Invariant = {
  name: "nothing-unsettled",
  summary:
    "no stanza waits for a client's ack or receipt, and no message of a client's for the server's",
  violations: ({ accounts, traffic }) => [
    ...accounts
      .flatMap(({ companions }) => companions)
      .flatMap(({ device, mailbox }) =>
        mailbox.waiting.map(
          ({ tag, attrs }) => `device ${device} owes for <${tag} id="${attrs["id"]}">`,
        ),
      ),
    ...traffic.unacked.map((id) => `the message ${id} of a client got no ack`),
  ],
};
