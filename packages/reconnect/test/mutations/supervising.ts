import * as law from "../laws/supervising.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.savedBeforeConnect,
    file: "supervisor/conductor.ts",
    from: "await this.#saves?.idle();",
    to: "void this.#saves?.idle();",
  },
  {
    law: law.savedBeforeConnect,
    file: "supervisor/conductor.ts",
    from: "await drain?.();",
    to: "void drain?.();",
  },
  {
    law: law.deliveredBeforeClose,
    file: "supervisor/flight.ts",
    from: "if (!this.#landed) this.#flush();",
    to: "",
  },
  {
    law: law.deliveredOnce,
    file: "supervisor/conductor.ts",
    from: "facade.attach(sock.ev);",
    to: "facade.attach(sock.ev); sock.ev.process((events) => this.#show.events(events));",
  },
  {
    law: law.nothingGrows,
    file: "supervisor/ports/held-events.ts",
    from: "timer?.[Symbol.dispose]();",
    to: "",
  },
  {
    law: law.nothingLeft,
    file: "supervisor/ports/readiness.ts",
    from: "closed: forget,",
    to: "",
  },
  {
    law: law.lateSockets,
    file: "supervisor/flight.ts",
    from: "if (this.#landed) endLateSocket(sock, this.#host);",
    to: "if (false) endLateSocket(sock, this.#host);",
  },
  {
    law: law.everyWaitSettles,
    file: "supervisor/socket-supervisor.ts",
    from: "this.#readyWaiters.fail(error);",
    to: "",
  },
];
