import type { Account } from "./account.ts";
import type { Device } from "./device.ts";
import type { Address } from "./world.ts";

/** How devices appear to the clients of other people. */
export interface DeviceView {
  /** The device that `asker` means by a JID. */
  find(address: Address, asker: Account): Device | undefined;
  /** The JID a device writes as, in the namespace of `server`. */
  nameOf(device: Device, server: string): string;
  /** The numbers of the devices that `asker` is told of, lowest first. */
  numbers(account: Account, asker: Account): readonly number[];
}

/** As the real service does it: the phone is device 0, each linked device has a number of its own. */
export const realNumbering: DeviceView = {
  find: ({ account, jid }) => account.device(jid.device),
  nameOf: (device, server) => device.jidOn(server),
  numbers: (account) => numbersOf(account),
};

/**
 * As the server of Baileys' own test suites does it: to others a person is one device without a number, which is the
 * first client linked to the account. Only the person's own clients see the phone and each other.
 */
export const oneDeviceEach: DeviceView = {
  find: ({ account, jid }, asker) => {
    const stand = jid.device === 0 && account !== asker ? account.companions[0] : undefined;
    return stand ?? account.device(jid.device);
  },
  nameOf: ({ account }, server) => account.jidOn(server),
  numbers: (account, asker) => (account === asker ? numbersOf(account) : [0]),
};

function numbersOf({ devices }: Account): readonly number[] {
  return devices.map(({ device }) => device).toSorted((a, b) => a - b);
}
