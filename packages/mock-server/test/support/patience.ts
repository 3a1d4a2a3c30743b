import { type Wait, Waiters } from "../../src/waiters.ts";

/** What the server waits for by default, and what that is here. */
const USUAL_MS = 10_000;
const PATIENT_MS = 60_000;

// Ten seconds are much for a bot's test, and little on a machine that runs four files of these at once. Whoever sets a
// limit gets the one that is set.
const wait: unknown = Reflect.get(Waiters.prototype, "wait");
if (typeof wait === "function") {
  Reflect.set(
    Waiters.prototype,
    "wait",
    function patiently(this: Waiters<unknown>, asked: Wait<unknown>) {
      const timeoutMs = asked.timeoutMs === USUAL_MS ? PATIENT_MS : asked.timeoutMs;
      return Reflect.apply(wait, this, [{ ...asked, timeoutMs }]);
    },
  );
}
