import { breakersOf } from "../symptoms.ts";

/** The names of a fleet's keys. All have one hash tag, so that a cluster keeps them on one server. */
export interface FleetKeys {
  readonly counter: string;
  readonly seen: string;
  readonly accounts: string;
  readonly underWay: string;
  readonly egress: (key: string) => string;
  readonly waiting: (key: string) => string;
  /** In the order of `breakersOf`. */
  readonly breakers: (key: string) => readonly string[];
  readonly hits: (key: string) => readonly string[];
}

export function fleetKeys(prefix: string): FleetKeys {
  const name = (...parts: string[]): string => [`{${prefix}}`, ...parts].join(":");
  return {
    counter: name("counter"),
    seen: name("seen"),
    accounts: name("accounts"),
    underWay: name("under-way"),
    egress: (key) => name("egress", key),
    waiting: (key) => name("waiting", key),
    breakers: (key) => breakersOf(key).map((breaker) => name("breaker", breaker)),
    hits: (key) => breakersOf(key).map((breaker) => name("hits", breaker)),
  };
}
