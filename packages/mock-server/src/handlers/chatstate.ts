import type { ServerContext } from "../context.ts";
import { node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { attr, children, requiredAttr } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import { isBlocked } from "../world/blocklist.ts";
import type { ChatState } from "../world/settings.ts";

/** "Typing…": the other half of `sendPresenceUpdate` in Baileys' chats.js. */
export const chatstate: StanzaFamily = [
  {
    during: "login",
    tag: "chatstate",
    handle(stanza, { account, context }) {
      const [state] = children(stanza);
      if (state === undefined) return;
      const recording = attr(state, "media") === "audio";
      const kind = state.tag === "paused" ? "paused" : recording ? "recording" : "composing";
      sendChatState(context, account, { to: requiredAttr(stanza, "to"), state: kind });
    },
  },
];

/** Tells the person, or the members of the group, that `to` names. Nobody hears it from a person they blocked. */
export function sendChatState(
  context: ServerContext,
  from: Account,
  { to, state }: { readonly to: string; readonly state: ChatState },
): void {
  const group = context.world.groups.get(to);
  if (group?.has(from)) {
    for (const { account: member } of group.members) {
      if (member === from) continue;
      tell(context, { from, to: member, state }, { from: to, participant: from.lid });
    }
    return;
  }
  const target = context.world.resolve(to);
  if (target === undefined) return;
  const { account, jid } = target;
  tell(context, { from, to: account, state }, { from: from.jidOn(jid.server) });
}

interface Notice {
  readonly from: Account;
  readonly to: Account;
  readonly state: ChatState;
}

function tell(
  { logins, chatStates }: ServerContext,
  { from, to, state }: Notice,
  attrs: Record<string, string>,
): void {
  if (isBlocked(to, from)) return;
  to.settings.chatStates.set(from, state);
  const stanza = node("chatstate", attrs, [
    node(
      state === "paused" ? "paused" : "composing",
      state === "recording" ? { media: "audio" } : {},
    ),
  ]);
  for (const companion of to.companions) {
    chatStates.send(companion, logins.get(companion), stanza);
  }
}
