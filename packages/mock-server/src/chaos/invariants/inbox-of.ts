import type { ServerContext } from "../../context.ts";
import type { Inbox } from "../../phone/inbox.ts";

/** The messages of the person that clients write to as `jid`; `undefined` for groups and strangers. */
export function inboxOf(jid: string, { world, people }: ServerContext): Inbox | undefined {
  const account = world.resolve(jid)?.account;
  return people.devices.find((device) => device.account === account)?.inbox;
}
