import type { ServerContext } from "../context.ts";
import { isAvailable } from "../news/presence.ts";
import { companionMailbox } from "../routing/companion-mailbox.ts";
import type { AccountSnapshot, AccountTools } from "../world/account.ts";
import type { Parting, SnapshotPart } from "./part.ts";

type AccountsSnapshot = readonly (AccountSnapshot & { readonly phoneNumber: string })[];

/** What the accounts have: linked devices, settings, whom they know. Who there is, is another part. */
export function accountsPart(context: ServerContext): SnapshotPart<AccountsSnapshot> {
  const { world, people } = context;
  const tools: AccountTools = {
    who: world.account,
    mailbox: () => companionMailbox(context),
    played: (account, number) => people.playedDevice(account, number),
  };
  return {
    toSnapshot() {
      const parting = partingNow(context);
      return world.accounts.map((account) => {
        return { phoneNumber: account.phoneNumber, ...account.toSnapshot(parting) };
      });
    },
    fromSnapshot(accounts) {
      for (const { phoneNumber, ...account } of accounts) {
        world.account(phoneNumber).fromSnapshot(account, tools);
      }
    },
  };
}

function partingNow(context: ServerContext): Parting {
  const now = context.clock.now();
  const connected = new Set<object>(context.logins.keys());
  return {
    leftAt: (device) => (connected.has(device) ? now : device.leftAt),
    lastSeenAt: (account) => {
      const { phoneAvailable, lastSeenAt } = account.settings;
      return !phoneAvailable && isAvailable(context, account) ? now : lastSeenAt;
    },
  };
}
