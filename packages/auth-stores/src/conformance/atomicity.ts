import type { WriteOp } from "../backend.ts";
import type { ConformanceGroup } from "./runner.ts";
import { batchOf, del, openSession, put, readText, textOf } from "./session.ts";

/** A batch is applied whole, in order, or not at all. */
export const atomicity: ConformanceGroup = ({ test, deepEqual }, withBackend) => {
  test(
    "a batch that fails half-way leaves everything as it was",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.commit(
        batchOf([put("t", "1", "old"), put("t", "2", "old")], { creds: Buffer.from("old") }),
      );
      const failing = [
        put("t", "1", "new"),
        del("t", "2"),
        {
          op: "put" as const,
          type: "t",
          id: "3",
          get value(): Uint8Array {
            throw new RangeError("these bytes cannot be read");
          },
        },
      ];

      const failed = await session
        .commit(batchOf(failing, { creds: Buffer.from("new"), clear: "keys" }))
        .then(
          () => false,
          () => true,
        );

      deepEqual(failed, true);
      deepEqual(await readText(session, "t", ["1", "2", "3"]), ["old", "old", null]);
      deepEqual(textOf(await session.readCreds()), "old");
      await session.commit(batchOf([put("t", "1", "after")]));
      deepEqual(await readText(session, "t", ["1"]), ["after"]);
    }),
  );

  test(
    "the operations of a batch apply in order",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.commit(
        batchOf([put("t", "1", "x"), del("t", "1"), put("t", "2", "y"), put("t", "2", "z")]),
      );
      deepEqual(await readText(session, "t", ["1", "2"]), [null, "z"]);
    }),
  );

  test(
    "clearing drops the records but not the creds, before the batch applies",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.commit(
        batchOf([put("t", "1", "x"), put("u", "2", "y")], { creds: Buffer.from("creds") }),
      );
      await session.commit(batchOf([put("t", "3", "z")], { clear: "keys" }));

      deepEqual(await readText(session, "t", ["1", "3"]), [null, "z"]);
      deepEqual(await session.types(), ["t"]);
      deepEqual(textOf(await session.readCreds()), "creds");
    }),
  );

  test(
    "quarantine takes the record away only while it holds the bytes named",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.commit(batchOf([put("t", "1", "bad"), put("t", "2", "better")]));
      await session.commit(batchOf([quarantine("1"), quarantine("2"), quarantine("3")]));

      deepEqual(await readText(session, "t", ["1", "2", "3"]), [null, "better", null]);
    }),
  );
};

function quarantine(id: string): WriteOp {
  return { op: "quarantine", type: "t", id, value: Buffer.from("bad"), reason: "test" };
}
