import type { BackendSession } from "../backend.ts";
import { ManualClock } from "@motte/core/manual-clock";
import type { ConformanceGroup } from "./runner.ts";
import { batchOf, listOf, openSession, put, readText, textOf } from "./session.ts";

/** Opening, giving up and opening again. */
export const lifecycle: ConformanceGroup = ({ test, deepEqual, rejectsWith }, withBackend) => {
  test(
    "everything is there after opening the place again",
    withBackend(async (backend, place) => {
      const session = await openSession(backend);
      await session.commit(batchOf([put("t", "1", "x")], { creds: Buffer.from("creds") }));
      await session.release();
      await backend[Symbol.asyncDispose]();

      await using again = await place.open(new ManualClock());
      const reopened = await openSession(again, { create: false, owner: "second" });

      deepEqual(await readText(reopened, "t", ["1"]), ["x"]);
      deepEqual(textOf(await reopened.readCreds()), "creds");
    }),
  );

  test(
    "a session that was given up answers no more, and may be given up twice",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.release();
      await session.release();
      await eachRejects(session, (work) => rejectsWith(work, "AUTH_STORE_CLOSED"));

      const next = await openSession(backend, { owner: "second" });
      deepEqual(await next.readCreds(), null);
    }),
  );

  test(
    "a closed backend answers no more, and may be closed twice",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await backend[Symbol.asyncDispose]();
      await backend[Symbol.asyncDispose]();

      await eachRejects(session, (work) => rejectsWith(work, "AUTH_STORE_CLOSED"));
      await rejectsWith(openSession(backend, { sessionId: "b" }), "AUTH_STORE_CLOSED");
      await rejectsWith(backend.delete("a", { isKnownDead: () => true }), "AUTH_STORE_CLOSED");
      await rejectsWith(listOf(backend.list()), "AUTH_STORE_CLOSED");
    }),
  );
};

/** Checks every call on a session that has something to read or write. */
export async function eachRejects(
  session: BackendSession,
  rejects: (work: Promise<unknown>) => Promise<void>,
): Promise<void> {
  await rejects(session.readCreds());
  await rejects(session.readCredsHistory());
  await rejects(session.read("t", ["1"]));
  await rejects(
    session.read(
      "t",
      Array.from({ length: 50 }, (_, index) => `${index}`),
    ),
  );
  await rejects(session.commit(batchOf([put("t", "1", "too late")])));
  await rejects(session.types());
  await rejects(listOf(session.ids("t")));
  await rejects(listOf(session.scan("t")));
  if (session.scanPages !== undefined) await rejects(listOf(session.scanPages("t")));
  await rejects(session.renew());
}
