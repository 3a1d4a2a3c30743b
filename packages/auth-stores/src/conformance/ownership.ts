import { ManualClock } from "@motte/core/manual-clock";
import type { ConformanceGroup } from "./runner.ts";
import { batchOf, listOf, openSession, put, readText } from "./session.ts";

/** One owner at a time, and a former one writes nothing. */
export const ownership: ConformanceGroup = ({ test, deepEqual, rejectsWith }, withBackend) => {
  test(
    "a missing session is not found, and looking for it leaves nothing behind",
    withBackend(async (backend) => {
      await rejectsWith(openSession(backend, { create: false }), "AUTH_STORE_NOT_FOUND");
      deepEqual(await listOf(backend.list()), []);
    }),
  );

  test(
    "a session with a live owner is in use, for opening and for deleting",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await rejectsWith(openSession(backend, { owner: "second" }), "AUTH_STORE_IN_USE");
      await rejectsWith(backend.delete("a", { isKnownDead: () => false }), "AUTH_STORE_IN_USE");

      await session.commit(batchOf([put("t", "1", "still mine")]));
      deepEqual(await readText(session, "t", ["1"]), ["still mine"]);
    }),
  );

  test(
    "an owner known to be dead is replaced at once, and is asked about by its name",
    withBackend(async (backend) => {
      const former = await openSession(backend, { owner: "first" });
      const asked: string[] = [];
      const isKnownDead = (owner: string): boolean => {
        asked.push(owner);
        return true;
      };
      const session = await openSession(backend, { owner: "second", isKnownDead });

      deepEqual(asked, ["first"]);
      deepEqual(session.fence.owner, "second");
      deepEqual(session.fence.epoch > former.fence.epoch, true);
    }),
  );

  test(
    "a former owner writes nothing and cannot renew",
    withBackend(async (backend) => {
      const former = await openSession(backend);
      await former.commit(batchOf([put("t", "1", "before")]));
      const session = await openSession(backend, { owner: "second", isKnownDead: () => true });

      const late = batchOf([put("t", "1", "zombie")], { creds: Buffer.from("zombie") });
      await rejectsWith(former.commit(late), "AUTH_STORE_FENCED");
      deepEqual(await former.renew(), "lost");
      await former.release();

      deepEqual(await readText(session, "t", ["1"]), ["before"]);
      deepEqual(await session.readCreds(), null);
      await rejectsWith(openSession(backend, { owner: "third" }), "AUTH_STORE_IN_USE");
    }),
  );

  test(
    "a former owner of the same name is told apart by its epoch",
    withBackend(async (backend) => {
      const former = await openSession(backend);
      const session = await openSession(backend, { isKnownDead: () => true });

      await rejectsWith(former.commit(batchOf([put("t", "1", "zombie")])), "AUTH_STORE_FENCED");
      deepEqual(await former.renew(), "lost");
      await session.commit(batchOf([put("t", "1", "mine")]));
    }),
  );

  test(
    "an owner that has come and gone still fences off the one before",
    withBackend(async (backend) => {
      const former = await openSession(backend);
      const between = await openSession(backend, { owner: "second", isKnownDead: () => true });
      await between.release();

      await rejectsWith(former.commit(batchOf([put("t", "1", "zombie")])), "AUTH_STORE_FENCED");
      deepEqual(await former.renew(), "lost");
    }),
  );

  test(
    "a deleted session fences off its former owner",
    withBackend(async (backend) => {
      const former = await openSession(backend);
      await backend.delete("a", { isKnownDead: () => true });

      await rejectsWith(former.commit(batchOf([put("t", "1", "zombie")])), "AUTH_STORE_FENCED");
      deepEqual(await former.renew(), "lost");
      await former.release();
      deepEqual(await listOf(backend.list()), []);
    }),
  );

  test(
    "a session that is deleted and made again fences off its former owner",
    withBackend(async (backend) => {
      const former = await openSession(backend);
      await backend.delete("a", { isKnownDead: () => true });
      const session = await openSession(backend, { owner: "second" });

      await rejectsWith(former.commit(batchOf([put("t", "1", "zombie")])), "AUTH_STORE_FENCED");
      deepEqual(await former.renew(), "lost");
      await former.release();
      await session.commit(batchOf([put("t", "2", "mine")]));
      deepEqual(await readText(session, "t", ["1", "2"]), [null, "mine"]);
    }),
  );

  test("the lease keeps others out until it lapses, and a renewal extends it", async () => {
    const clock = new ManualClock(1_000_000);
    await withBackend(async (_backend, place) => {
      await using backend = await place.open(clock);
      const passTime = place.passTime ?? ((ms: number) => clock.advance(ms));
      const session = await openSession(backend, { leaseMs: 60_000 });
      await passTime(50_000);
      deepEqual(await session.renew(), "renewed");
      await passTime(50_000);
      await rejectsWith(openSession(backend, { owner: "second" }), "AUTH_STORE_IN_USE");
      await passTime(10_001);

      const next = await openSession(backend, { owner: "second" });
      deepEqual(next.fence.epoch > session.fence.epoch, true);
      deepEqual(await session.renew(), "lost");
    })();
  });

  test(
    "giving a session up lets the next one in at once, with a higher epoch",
    withBackend(async (backend) => {
      const epochs: number[] = [];
      for (const owner of ["one", "two", "three"]) {
        const session = await openSession(backend, { owner });
        epochs.push(session.fence.epoch);
        await session.release();
      }
      deepEqual(
        epochs,
        epochs.toSorted((a, b) => a - b),
      );
      deepEqual(new Set(epochs).size, 3);
      deepEqual(
        (await listOf(backend.list())).map(({ owner }) => owner),
        [null],
      );
    }),
  );
};
