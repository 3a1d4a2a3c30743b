import { ManualClock } from "@motte/core/manual-clock";
import { type InterfaceAddress, networkInterfaces } from "@motte/reconnect";
import { describe, expect, it } from "vitest";

const LOOPBACK: InterfaceAddress = { address: "127.0.0.1", internal: true };
const LAN: InterfaceAddress = { address: "192.168.1.7", internal: false };

describe("the interfaces of a machine", () => {
  it.each([
    ["nothing", {}, false],
    ["only itself", { lo: [LOOPBACK] }, false],
    ["an address", { lo: [LOOPBACK], eth0: [LAN] }, true],
    ["an address it gave itself", { eth0: [{ address: "169.254.3.4", internal: false }] }, false],
    ["a link-local address", { eth0: [{ address: "fe80::1", internal: false }] }, false],
    ["an IPv6 address", { eth0: [{ address: "2001:db8::1", internal: false }] }, true],
    ["an interface without addresses", { eth0: undefined }, false],
  ])("that show %s", async (_, found, expected) => {
    expect(await networkInterfaces({ read: () => found }).online()).toBe(expected);
  });

  it("are looked at every few seconds, and only a change is told", async () => {
    const clock = new ManualClock();
    let found: Record<string, InterfaceAddress[]> = { eth0: [LAN] };
    const told: boolean[] = [];
    const connectivity = networkInterfaces({ read: () => found, clock });
    const watching = connectivity.onChange((online) => told.push(online));
    await clock.advance(20_000);
    expect(told).toEqual([]);

    found = {};
    await clock.advance(5_000);
    expect(told).toEqual([false]);
    found = { wlan0: [LAN] };
    await clock.advance(15_000);
    expect(told).toEqual([false, true]);

    watching[Symbol.dispose]();
    found = {};
    await clock.advance(60_000);
    expect(told).toEqual([false, true]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("are not enough where a name is to be looked up too", async () => {
    let asked = 0;
    const lookup = async (): Promise<void> => {
      asked++;
      throw new Error("ENOTFOUND");
    };
    expect(await networkInterfaces({ read: () => ({ eth0: [LAN] }), lookup }).online()).toBe(false);
    expect(await networkInterfaces({ read: () => ({}), lookup }).online()).toBe(false);
    expect(asked).toBe(1);
  });

  it("that may not be listed are told to whoever asks, and looked at again", async () => {
    const clock = new ManualClock();
    let isForbidden = true;
    let found: Record<string, InterfaceAddress[]> = { eth0: [LAN] };
    const told: boolean[] = [];
    const read = (): typeof found => {
      if (isForbidden) throw new Error("uv_interface_addresses returned Unknown system error 13");
      return found;
    };
    const connectivity = networkInterfaces({ read, clock });
    using _ = connectivity.onChange((online) => told.push(online));
    await expect(connectivity.online()).rejects.toThrow("uv_interface_addresses");
    await clock.advance(10_000);

    isForbidden = false;
    await clock.advance(5_000);
    found = {};
    await clock.advance(5_000);
    expect(told).toEqual([false]);
  });

  it("are read from this machine by default", async () => {
    expect(typeof (await networkInterfaces().online())).toBe("boolean");
  });
});
