import type { ConformanceGroup } from "./runner.ts";
import { batchOf, listOf, openSession, put, readText } from "./session.ts";

// More than anybody's page of a listing, and few enough for a backend that creates a folder for each.
const SESSIONS = 120;

/** Many sessions in one place. */
export const sessions: ConformanceGroup = ({ test, deepEqual }, withBackend) => {
  test(
    "many sessions are listed, each once, with the times of its creation and last change",
    withBackend(async (backend) => {
      const names = Array.from({ length: SESSIONS }, (_, index) => `session ${index}`);
      for (const sessionId of names) {
        const session = await openSession(backend, { sessionId });
        await session.release();
      }

      const listed = await listOf(backend.list());
      deepEqual(listed.map(({ sessionId }) => sessionId).toSorted(), names.toSorted());
      deepEqual(
        listed.every(({ createdAtMs, updatedAtMs }) => createdAtMs <= updatedAtMs),
        true,
      );
    }),
  );

  test(
    "deleting one of two sessions that hold the same records leaves the other whole",
    withBackend(async (backend) => {
      const [kept, gone] = [
        await openSession(backend, { sessionId: "a" }),
        await openSession(backend, { sessionId: "a b" }),
      ];
      for (const session of [kept, gone]) {
        await session.commit(batchOf([put("t", "1", "x"), put("u", "2", "y")]));
      }
      await gone.release();
      await backend.delete("a b", { isKnownDead: () => false });

      deepEqual(await readText(kept, "t", ["1"]), ["x"]);
      deepEqual((await kept.types()).toSorted(), ["t", "u"]);
    }),
  );
};
