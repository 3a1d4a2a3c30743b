import type { ConformanceGroup } from "./runner.ts";
import { batchOf, openSession, put, readText, textOf } from "./session.ts";

/** What is stored about a session travels with it, beside its records. */
export const metadata: ConformanceGroup = ({ test, deepEqual }, withBackend) => {
  test(
    "a new session has no meta, and meta is set, replaced and removed by name",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      deepEqual([...(await session.readMeta())], []);

      await session.commit(
        batchOf([], {
          meta: new Map([
            ["a", Buffer.from("1")],
            ["b", Buffer.from("2")],
          ]),
        }),
      );
      await session.commit(
        batchOf([], {
          meta: new Map([
            ["a", Buffer.from("3")],
            ["b", null],
            ["never there", null],
          ]),
        }),
      );

      deepEqual(
        [...(await session.readMeta())].map(([name, value]) => [name, textOf(value)]),
        [["a", "3"]],
      );
    }),
  );

  test(
    "meta is no record, is not cleared with the records, and outlives the handle",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.commit(
        batchOf([put("t", "1", "one")], { meta: new Map([["a", Buffer.from("kept")]]) }),
      );
      deepEqual(await session.types(), ["t"]);

      await session.commit({ ...batchOf([]), clear: "keys" });
      await session.release();
      const again = await openSession(backend);

      deepEqual(await readText(again, "t", ["1"]), [null]);
      deepEqual(textOf((await again.readMeta()).get("a") ?? null), "kept");
    }),
  );

  test(
    "one session's meta is not another's",
    withBackend(async (backend) => {
      const a = await openSession(backend, { sessionId: "a" });
      const b = await openSession(backend, { sessionId: "b" });
      await a.commit(batchOf([], { meta: new Map([["a", Buffer.from("of a")]]) }));

      deepEqual([...(await b.readMeta())], []);
    }),
  );
};
