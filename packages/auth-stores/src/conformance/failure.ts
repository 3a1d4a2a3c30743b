import { MotteError } from "@motte/core/errors";
import { eachRejects } from "./lifecycle.ts";
import type { BreakablePlace, ConformanceChecks, WithBackend } from "./runner.ts";
import { batchOf, listOf, openSession, put } from "./session.ts";

/** A failing medium rejects. It never reads as "there is nothing". */
export function failure(
  { test, deepEqual }: ConformanceChecks,
  withBackend: WithBackend<BreakablePlace>,
): void {
  const rejectsTyped = async (work: Promise<unknown>): Promise<void> => {
    const outcome = await work.then(
      () => "resolved",
      (error: unknown) =>
        error instanceof MotteError ? "rejected" : `an untyped ${String(error)}`,
    );
    deepEqual(outcome, "rejected");
  };

  test(
    "every call on a broken medium rejects with an error that has a code",
    withBackend(async (backend, place) => {
      const session = await openSession(backend);
      await session.commit(batchOf([put("t", "1", "x")], { creds: Buffer.from("creds") }));
      await place.breakMedium();

      await eachRejects(session, rejectsTyped);
      await rejectsTyped(openSession(backend, { sessionId: "b" }));
      await rejectsTyped(backend.delete("a", { isKnownDead: () => true }));
      await rejectsTyped(listOf(backend.list()));
    }),
  );
}
