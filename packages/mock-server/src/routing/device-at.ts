import type { Account } from "../world/account.ts";
import type { Device } from "../world/device.ts";
import type { RoutingContext } from "./letter.ts";

/** The device somebody of `asker` means by a JID. */
export function deviceAt(
  jid: string,
  asker: Account,
  { world, deviceView }: RoutingContext,
): Device | undefined {
  const address = world.resolve(jid);
  return address && deviceView.find(address, asker);
}
