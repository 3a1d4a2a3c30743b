import { defineAnswerFault } from "../answer-fault.ts";
import { BUNDLE_REQUEST, askedUsers } from "../bundle-fault.ts";
import { withChanged } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { refusedBundle } from "../refused-bundle.ts";
import { optionalInteger } from "../setting.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

interface BadUserSettings {
  /** Which one, counted from 0 and from the start again after the last; by the seed when left out. */
  readonly position: number | undefined;
}

export const badUserInBatch: Fault<"bad-user-in-batch", BadUserSettings & StanzaChoice> =
  defineAnswerFault<"bad-user-in-batch", BadUserSettings>({
    name: "bad-user-in-batch",
    summary:
      "of several devices whose keys a client asks for at once, one comes back with error 404",
    settings: {
      position: optionalInteger({
        doc: "which one, counted from 0 and from the start again after the last; by the seed when left out",
      }),
    },
    match: BUNDLE_REQUEST,
    isQuestion: (request) => askedUsers(request).length > 1,
    onAnswer:
      ({ position }, { random }) =>
      (answer, pass) => {
        let count = 0;
        withChanged(answer.stanza, "list/user", (each) => {
          count++;
          return each;
        });
        const bad = (position ?? Math.floor(random.next() * count)) % count;
        let index = 0;
        const stanza = withChanged(answer.stanza, "list/user", (each) =>
          index++ === bad ? refusedBundle(each) : each,
        );
        pass({ ...answer, stanza });
      },
  });
