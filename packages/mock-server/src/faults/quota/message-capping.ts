import { setCapping } from "../../handlers/mex-account.ts";
import type { MessageCapping } from "../../world/settings.ts";
import type { Fault } from "../fault.ts";
import { type SessionMoment, defineSessionFault } from "../session-fault.ts";
import { choice, integer } from "../setting.ts";

export const messageCapping: Fault<"message-capping", MessageCapping & SessionMoment> =
  defineSessionFault<"message-capping", MessageCapping>({
    name: "message-capping",
    summary:
      "the account may start only so many chats: its clients are told, and once it is capped messages to people it is not in touch with get an ack with error 463",
    settings: {
      totalQuota: integer({ doc: "how many chats it may start", fallback: 10, min: -1 }),
      usedQuota: integer({ doc: "how many it has started", fallback: 10 }),
      status: choice({
        doc: "how near to the end that is",
        of: ["NONE", "FIRST_WARNING", "SECOND_WARNING", "CAPPED"],
        fallback: "CAPPED",
      }),
    },
    act: ({ companion }, capping, { context }) => {
      if (companion !== undefined) setCapping(context, companion.account, capping);
    },
  });
