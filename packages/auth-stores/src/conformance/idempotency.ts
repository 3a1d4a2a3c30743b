import type { ConformanceGroup } from "./runner.ts";
import { batchOf, openSession, put, readText, textOf } from "./session.ts";

/** A batch whose answer was lost is committed again, which must not do anything twice. */
export const idempotency: ConformanceGroup = ({ test, deepEqual }, withBackend) => {
  test(
    "committing a batch again changes nothing",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.commit(batchOf([], { creds: Buffer.from("old") }));
      const batch = batchOf([put("t", "1", "x")], { creds: Buffer.from("new") });
      await session.commit(batch);
      const history = await session.readCredsHistory();
      await session.commit(batch);
      await session.commit(batch);

      deepEqual(textOf(await session.readCreds()), "new");
      deepEqual((await session.readCredsHistory()).length, history.length);
      deepEqual(await readText(session, "t", ["1"]), ["x"]);
    }),
  );

  test(
    "a batch that failed can be committed again under the same id",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      let broken = true;
      const batch = batchOf([
        put("t", "1", "x"),
        {
          op: "put",
          type: "t",
          id: "2",
          get value() {
            if (broken) throw new RangeError("not yet");
            return Buffer.from("y");
          },
        },
      ]);
      await session.commit(batch).catch(() => undefined);
      broken = false;
      await session.commit(batch);

      deepEqual(await readText(session, "t", ["1", "2"]), ["x", "y"]);
    }),
  );
};
