import type { ConformanceGroup } from "./runner.ts";
import { batchOf, openSession, put, readText } from "./session.ts";

const ROUNDS = 20;

/** Calls that are under way at the same time. */
export const overlap: ConformanceGroup = ({ test, deepEqual }, withBackend) => {
  test(
    "commits that overlap take effect in the order they were called",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      const commits = Array.from({ length: ROUNDS }, (_, round) =>
        session.commit(batchOf([put("t", "1", `${round}`), put("t", `own ${round}`, "there")])),
      );
      await Promise.all(commits);

      deepEqual(await readText(session, "t", ["1"]), [`${ROUNDS - 1}`]);
      deepEqual(
        (
          await readText(
            session,
            "t",
            commits.map((_, round) => `own ${round}`),
          )
        ).filter((value) => value === "there").length,
        ROUNDS,
      );
    }),
  );

  test(
    "a read beside a commit sees all of it or nothing",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      const ids = Array.from({ length: 12 }, (_, index) => `${index}`);
      const whole = (round: number) => ids.map((id) => put("t", id, `round ${round}`));
      await session.commit(batchOf(whole(0)));

      const commits: Promise<void>[] = [];
      const reads: Promise<readonly (string | null)[]>[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        commits.push(session.commit(batchOf(whole(round))));
        reads.push(readText(session, "t", ids));
      }
      await Promise.all(commits);

      for (const values of await Promise.all(reads)) deepEqual(new Set(values).size, 1);
    }),
  );

  test(
    "sessions are written side by side",
    withBackend(async (backend) => {
      const sessions = await Promise.all(
        ["a", "b", "c"].map((sessionId) => openSession(backend, { sessionId })),
      );
      await Promise.all(
        sessions.map((session, index) => session.commit(batchOf([put("t", "1", `${index}`)]))),
      );

      const read = await Promise.all(sessions.map((session) => readText(session, "t", ["1"])));
      deepEqual(read, [["0"], ["1"], ["2"]]);
    }),
  );

  test(
    "a batch that fails leaves those beside it alone, of its own session and of others",
    withBackend(async (backend) => {
      const a = await openSession(backend, { sessionId: "a" });
      const b = await openSession(backend, { sessionId: "b" });
      const failing = {
        op: "put" as const,
        type: "t",
        id: "2",
        get value(): Uint8Array {
          throw new RangeError("these bytes cannot be read");
        },
      };
      const outcomes = await Promise.allSettled([
        a.commit(batchOf([put("t", "1", "before")])),
        a.commit(batchOf([put("t", "1", "torn"), failing])),
        b.commit(batchOf([put("t", "1", "of b")])),
        a.commit(batchOf([put("t", "3", "after")])),
      ]);

      deepEqual(
        outcomes.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled", "fulfilled"],
      );
      deepEqual(await readText(a, "t", ["1", "2", "3"]), ["before", null, "after"]);
      deepEqual(await readText(b, "t", ["1"]), ["of b"]);
    }),
  );
};
