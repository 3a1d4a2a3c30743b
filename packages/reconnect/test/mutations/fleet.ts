import * as law from "../laws/fleet.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.aFleetKeepsItsRate,
    file: "fleet/egress.ts",
    from: "this.#tokens = Math.min(burst, this.#tokens +",
    to: "this.#tokens = Math.min(Infinity, this.#tokens +",
  },
  {
    law: law.aFleetBoundsHandshakes,
    file: "fleet/fleet.ts",
    from: "if (!this.#underWay.delete(number)) return;",
    to: "this.#underWay.delete(number);",
  },
  {
    law: law.aFleetIsFair,
    file: "fleet/waiting-room.ts",
    from: "    queue.add(waiter);",
    to: "    const later = [...queue]; queue.clear(); queue.add(waiter); for (const one of later) queue.add(one);",
  },
  {
    law: law.aFleetSendsOneCanary,
    file: "fleet/breaker.ts",
    from: "if (this.#canary !== undefined) return Number.POSITIVE_INFINITY;",
    to: "",
  },
];
