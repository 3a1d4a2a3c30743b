import {
  type NetworkInterfacesOptions,
  type ReconnectPolicy,
  fibonacci,
  fleet,
  networkInterfaces,
  reconnectPolicy,
} from "@motte/reconnect";
import { EngineBot } from "./engine-bot.ts";
import type { Loop } from "./loop.ts";

const policy = reconnectPolicy();
const HIGHER_CAP_MS = 300_000;

/** This package's defaults: the policy, and one fleet for all bots of a process. */
export const motte: Loop = {
  name: "this package",
  of: "this package",
  awaits: true,
  process(world) {
    const admission = fleet({ clock: world });
    return (bot) => new EngineBot(bot, policy, { admission }).start();
  },
};

/** The policy alone. */
export const motteWithoutFleet: Loop = {
  name: "this package, without a fleet",
  of: "this package",
  process: () => (bot) => new EngineBot(bot, policy).start(),
};

/** With the port that looks whether the machine has a network. */
export const motteWithConnectivity: Loop = connected(
  "this package, with `connectivity: networkInterfaces()`",
  policy,
  {},
);

/** The same in a hurry: for a bot that has a machine to itself. */
export const motteWithHastyConnectivity: Loop = connected(
  "this package, with `networkInterfaces({ intervalMs: 1_000 })`, `offline: { spreadMs: 500 }`",
  reconnectPolicy({ offline: { spreadMs: 500 } }),
  { intervalMs: 1_000 },
);

/** A higher cap: fewer attempts for a later recovery. */
export const motteWithHigherCap: Loop = {
  name: "this package, with `backoff: fibonacci({ capMs: 300_000 })`",
  of: "this package",
  process: () => {
    const patient = reconnectPolicy({ backoff: fibonacci({ capMs: HIGHER_CAP_MS }) });
    return (bot) => new EngineBot(bot, patient).start();
  },
};

function connected(
  name: string,
  rules: ReconnectPolicy,
  looks: Pick<NetworkInterfacesOptions, "intervalMs">,
): Loop {
  const address = { address: "192.0.2.1", internal: false };
  return {
    name,
    of: "this package",
    awaits: true,
    process: (world) => (bot) => {
      const read = () => (bot.machineIsOnline ? { eth0: [address] } : {});
      const connectivity = networkInterfaces({ ...looks, read, clock: world });
      new EngineBot(bot, rules, { connectivity }).start();
    },
  };
}
