import { networkInterfaces as osInterfaces } from "node:os";
import { type Clock, systemClock } from "@motte/core/clock";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import type { Connectivity } from "./connectivity.ts";

/** An address of this machine, as `os.networkInterfaces()` lists it. */
export interface InterfaceAddress {
  readonly address: string;
  readonly internal: boolean;
}

export interface NetworkInterfacesOptions {
  /** Pause between two looks. @defaultValue `5_000` ms */
  readonly intervalMs?: number;
  /**
   * Asked when there is an address, such as `() => dns.promises.lookup("web.whatsapp.com")`; a rejection means offline.
   * @defaultValue nothing is asked, and nothing leaves the machine
   */
  readonly lookup?: () => Promise<unknown>;
  /** @defaultValue `os.networkInterfaces` */
  readonly read?: () => Readonly<Record<string, readonly InterfaceAddress[] | undefined>>;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/**
 * Looks every few seconds whether the machine has an address that others could reach. Node has no event for that.
 * A bridge of a container engine counts as one, so that such a machine is always online.
 */
export function networkInterfaces(options: NetworkInterfacesOptions = {}): Connectivity {
  assertKnownOptions("networkInterfaces", options, ["intervalMs", "lookup", "read", "clock"]);
  const { intervalMs = 5_000, lookup, read = osInterfaces, clock = systemClock } = options;
  integerOption("intervalMs", intervalMs, { min: 1 });

  const online = async (): Promise<boolean> => {
    const addresses = Object.values(read()).flatMap((each) => each ?? []);
    if (!addresses.some(leadsOut)) return false;
    if (lookup === undefined) return true;
    try {
      await lookup();
      return true;
    } catch {
      // Whatever the resolver says: a name that cannot be found is the answer "offline" that was asked for.
      return false;
    }
  };

  return {
    online,
    onChange: (listener) => {
      let before: boolean | undefined;
      let timer: Disposable | undefined;
      let stopped = false;
      const look = async (): Promise<void> => {
        const now = await online().catch(unknown);
        if (stopped) return;
        if (before !== undefined && now !== undefined && now !== before) listener(now);
        before = now ?? before;
        timer = clock.after(intervalMs, () => void look());
      };
      void look();
      return {
        [Symbol.dispose]: () => {
          stopped = true;
          timer?.[Symbol.dispose]();
        },
      };
    },
  };
}

// Addresses that a machine gives itself when nobody gives it one (RFC 3927, RFC 4291 section 2.5.6).
function leadsOut({ address, internal }: InterfaceAddress): boolean {
  return !internal && !address.startsWith("169.254.") && !/^fe[89ab]/i.test(address);
}

// Some systems forbid to list the interfaces (Android does). Whoever asks is told; a look of our own knows no change.
function unknown(): undefined {}
