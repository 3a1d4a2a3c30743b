import { type AuthBackend, AuthStoreError } from "@motte/auth-stores";
import { migrate, migrationSteps } from "@motte/auth-stores/migration";
import { expect, test } from "vitest";
import { Program } from "../support/child.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { watched } from "../support/watched-backend.ts";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import {
  contentOf,
  createAccount,
  manyMappings,
  memoryPlace,
  mintPreKeys,
  openAccount,
  outcomeOfOpening,
} from "./accounts.ts";

const CONTACTS = 600;
const content = {
  "lid-mapping": Object.keys(manyMappings(CONTACTS)),
  "pre-key": ["1", "2", "3"],
  "device-list": ["1"],
};

async function createLargeAccount(backend: AuthBackend): Promise<unknown> {
  await createAccount(backend, async (handle) => {
    await mintPreKeys(handle, 3);
    await handle.state.keys.set({
      "lid-mapping": manyMappings(CONTACTS),
      "device-list": { "1": ["0", "7"] },
    });
  });
  await using handle = await openAccount(backend);
  return await contentOf(handle, content);
}

/** Both sides' commits fail from the `n`-th on, counted together: before they happen, or after. */
function failing(n: number, when: "before" | "after"): (inner: AuthBackend) => AuthBackend {
  let commits = 0;
  const fail = (): void => {
    if (commits >= n) throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "cut by the test");
  };
  return (inner) =>
    watched(inner, {
      beforeCommit: () => {
        commits += 1;
        if (when === "before" || commits > n) fail();
      },
      afterCommit: fail,
    });
}

/** Interrupts at the `n`-th commit and goes on; false when there is no `n`-th. */
async function interruptedAt(n: number, when: "before" | "after"): Promise<boolean> {
  await using here = await memoryPlace();
  await using there = await memoryPlace();
  const [source, target] = [await here.open(), await there.open()];
  const original = await createLargeAccount(source);
  const places = (wrap: (inner: AuthBackend) => AuthBackend) => ({
    from: { backend: wrap(source), sessionId: "a" },
    to: { backend: wrap(target), sessionId: "a" },
  });

  const cut = await migrate(places(failing(n, when))).then(
    () => "",
    (error: unknown) => String(error),
  );
  const outcomes = [await outcomeOfOpening(source), await outcomeOfOpening(target)];
  expect(outcomes.filter((outcome) => outcome === "opens").length).toBeLessThanOrEqual(1);
  if (cut === "") return false;
  expect(cut).toContain("cut by the test");
  expect(["opens", "AUTH_STORE_MIGRATED"]).toContain(outcomes[0]);

  // The last commit may have happened although its answer was lost; then there is nothing left to do.
  if (outcomes[1] !== "opens") await migrate(places((inner) => inner));
  expect(await outcomeOfOpening(source)).toBe("AUTH_STORE_MIGRATED");
  await using moved = await openAccount(target);
  expect(await contentOf(moved, content)).toEqual(original);
  return true;
}

test.each(["before", "after"] as const)(
  "interrupted %s any commit, never do both sides open, and the same call completes it",
  async (when) => {
    let boundaries = 0;
    while (await interruptedAt(boundaries + 1, when)) boundaries += 1;
    // The marker, three batches of at most 500 records, the creds, the source's marker, the opening.
    expect(boundaries).toBe(7);
  },
);

test("what is copied already is not copied again, unless the source has changed", async () => {
  await using here = await memoryPlace();
  await using there = await memoryPlace();
  const [source, target] = [await here.open(), await there.open()];
  await createLargeAccount(source);
  const from = { backend: source, sessionId: "a" };
  const rerun = async (): Promise<string[]> => {
    const written: string[] = [];
    const backend = watched(target, {
      beforeCommit: ({ ops }) =>
        void written.push(...ops.map(({ op, type, id }) => `${op} ${type} ${id}`)),
    });
    for await (const { phase } of migrationSteps({ from, to: { backend, sessionId: "a" } })) {
      if (phase === "verifying") break;
    }
    return written;
  };

  expect(await rerun()).toHaveLength(2 * CONTACTS + 4);
  expect(await rerun()).toEqual([]);
  {
    await using handle = await openAccount(source);
    await handle.state.keys.set({
      "lid-mapping": { "1000": null, "91000_reverse": null, "77": "977" },
      "device-list": { "1": ["0"] },
    });
  }
  expect((await rerun()).toSorted()).toEqual([
    "del lid-mapping 1000",
    "del lid-mapping 91000_reverse",
    "put device-list 1",
    "put lid-mapping 77",
  ]);
});

test("a migration whose process is killed at any step goes on in another", async () => {
  await using folder = await temporaryFolder();
  const [from, to] = [folder.file("from.db"), folder.file("to.db")];
  const source = await sqliteBackend(from);
  const original = await createLargeAccount(source);
  await source[Symbol.asyncDispose]();

  for (const steps of [2, 5, 7, 9]) {
    await using program = Program.start("migrator", from, to, `${steps}`);
    let seen = 0;
    const lines = await program.linesUntil((line) => line === "done" || ++seen === steps);
    expect(lines).not.toContain("done");
    await program.kill();
    await using both = await bothSides(from, to);
    const [here, there] = both;
    expect(await outcomeOfOpening(here)).toBe("opens");
    expect(await outcomeOfOpening(there)).not.toBe("opens");
  }
  await using program = Program.start("migrator", from, to);
  await program.linesUntil((line) => line === "done");
  await using both = await bothSides(from, to);
  const [here, there] = both;
  expect(await outcomeOfOpening(here)).toBe("AUTH_STORE_MIGRATED");
  await using moved = await openAccount(there);
  expect(await contentOf(moved, content)).toEqual(original);
});

async function bothSides(
  from: string,
  to: string,
): Promise<[AuthBackend, AuthBackend] & AsyncDisposable> {
  const sides: [AuthBackend, AuthBackend] = [await sqliteBackend(from), await sqliteBackend(to)];
  return Object.assign(sides, {
    [Symbol.asyncDispose]: async () => {
      for (const side of sides) await side[Symbol.asyncDispose]();
    },
  });
}
