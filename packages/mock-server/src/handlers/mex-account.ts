import { notify } from "../news/notify.ts";
import type { ServerContext } from "../context.ts";
import { node } from "../replies.ts";
import { SERVER_JID } from "../wire/jid.ts";
import type { Account } from "../world/account.ts";
import type { MessageCapping, ReachoutTimelock } from "../world/settings.ts";
import type { MexOperation } from "./mex.ts";

/** What an account may do: `fetchAccountReachoutTimelock` and `fetchNewChatMessageCap` of Baileys' socket.js. */
export const accountOperations: readonly MexOperation[] = [
  {
    name: "reach-out timelock",
    path: "xwa2_fetch_account_reachout_timelock",
    queryIds: ["23983697327930364"],
    run: (_, { account, context }) => timelockAnswer(account, context),
  },
  {
    name: "message capping",
    path: "xwa2_message_capping_info",
    queryIds: ["24503548349331633"],
    run: (_, { account, context }) => cappingAnswer(account, context),
  },
];

/** Sets or lifts the lock and tells the account's clients. */
export function setTimelock(
  context: ServerContext,
  account: Account,
  timelock: ReachoutTimelock | undefined,
): void {
  account.settings.timelock = timelock;
  tell(context, account, "NotificationUserReachoutTimelockUpdate", {
    xwa2_notify_account_reachout_timelock: timelockAnswer(account, context),
  });
}

/** Sets the limit on new chats and tells the account's clients. */
export function setCapping(
  context: ServerContext,
  account: Account,
  capping: MessageCapping,
): void {
  account.settings.capping = capping;
  tell(context, account, "MessageCappingInfoNotification", {
    xwa2_notify_new_chat_messages_capping_info_update: cappingAnswer(account, context),
  });
}

function tell(context: ServerContext, account: Account, operation: string, data: object): void {
  const update = node("update", { op_name: operation }, Buffer.from(JSON.stringify({ data })));
  notify(context, account, { type: "mex", from: SERVER_JID, content: [update] });
}

function timelockAnswer({ settings }: Account, { clock }: ServerContext): object {
  const { timelock } = settings;
  if (timelock === undefined || timelock.endsAt <= clock.now()) {
    return { is_active: false, time_enforcement_ends: "0", enforcement_type: "DEFAULT" };
  }
  const ends = String(Math.floor(timelock.endsAt / 1000));
  return {
    is_active: true,
    time_enforcement_ends: ends,
    enforcement_type: timelock.enforcementType,
  };
}

function cappingAnswer({ settings }: Account, { clock }: ServerContext): object {
  const { totalQuota, usedQuota, status } = settings.capping;
  return {
    total_quota: totalQuota,
    used_quota: usedQuota,
    server_sent_timestamp: String(Math.floor(clock.now() / 1000)),
    capping_status: status,
    ote_status: "NOT_ELIGIBLE",
    mv_status: "NOT_ELIGIBLE",
  };
}
