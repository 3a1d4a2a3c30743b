import * as fc from "fast-check";

/** What the next call of the factory does. */
export type Making = "socket" | "error" | "throw" | "never settles";

export type Step =
  | { readonly do: "settle one" }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "end"; readonly reason: string }
  | {
      readonly do:
        | "upgrade"
        | "open"
        | "caught up"
        | "buffer"
        | "message"
        | "save"
        | "write"
        | "qr"
        | "frame"
        | "sleep"
        | "ask"
        | "recycle"
        | "resume"
        | "logout"
        | "stop";
    };

/** What happens, one after the other, and what else is drawn. */
export interface Story {
  readonly makings: readonly Making[];
  readonly steps: readonly Step[];
  /** Before which step the supervisor is stopped; after the last one it is in any case. */
  readonly stopAt: number;
  readonly saveFails: boolean;
}

export const FACTORY_MS = 5_000;

const usual = [
  "upgrade",
  "open",
  "open",
  "caught up",
  "buffer",
  "message",
  "message",
  "save",
  "write",
  "ask",
] as const;
const rare = ["qr", "frame", "sleep", "recycle", "resume", "logout"] as const;

const step = fc.oneof(
  { weight: 9, arbitrary: fc.constant<Step>({ do: "settle one" }) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(0, 100, 1_000, 1_000, 1_000, FACTORY_MS)
      .map((ms): Step => ({ do: "advance", ms })),
  },
  { weight: 10, arbitrary: fc.constantFrom(...usual).map((name): Step => ({ do: name })) },
  { weight: 3, arbitrary: fc.constantFrom(...rare).map((name): Step => ({ do: name })) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("dropped", "Connection was lost", "Stream Errored (restart required)")
      .map((reason): Step => ({ do: "end", reason })),
  },
);

const making = fc.oneof(
  { weight: 9, arbitrary: fc.constant<Making>("socket") },
  { weight: 3, arbitrary: fc.constantFrom<Making>("error", "throw", "never settles") },
);

export const stories: fc.Arbitrary<Story> = fc.record({
  makings: fc.array(making, { maxLength: 12 }),
  steps: fc.array(step, { minLength: 20, maxLength: 120, size: "max" }),
  stopAt: fc.option(fc.nat({ max: 120 }), { freq: 2, nil: Number.POSITIVE_INFINITY }),
  saveFails: fc.boolean(),
});
