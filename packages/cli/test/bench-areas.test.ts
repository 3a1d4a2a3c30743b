import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuthBackend, type WriteBatch, openAuthState } from "@motte/auth-stores";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { sealed, secretKey } from "@motte/auth-stores/encryption";
import { migrate } from "@motte/auth-stores/migration";
import { CleanupStack } from "@motte/core/cleanup";
import * as baileys from "@whiskeysockets/baileys";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AREAS } from "../src/bench/areas.ts";
import { OPERATIONS, fill } from "../src/bench/caches/operations.ts";
import { cacheSides } from "../src/bench/caches/side.ts";
import { type MeasureOptions, measured } from "../src/bench/measure.ts";
import { madeMessages } from "../src/bench/messages/made-messages.ts";
import { messageStore } from "../src/bench/messages/message-store.ts";
import { operationsOn } from "../src/bench/messages/operations.ts";
import { preparedStatements } from "../src/bench/messages/prepared-statements.ts";
import type { MessageSide } from "../src/bench/messages/side.ts";
import { copied, migrated } from "../src/bench/migration/copies.ts";
import { makeAccount } from "../src/bench/migration/made-account.ts";
import { openSessionSource } from "../src/bench/migration/source.ts";
import { emptyPlace } from "../src/bench/migration/target.ts";
import { unwritten } from "../src/bench/migration/unwritten.ts";
import { spreadWords } from "../src/bench/report/numbers.ts";
import { runLines } from "../src/bench/run-lines.ts";
import type { Operation, Side } from "../src/bench/side.ts";

const { signal } = new AbortController();
const OPTIONS: MeasureOptions = {
  rounds: 3,
  budgetMs: 0,
  fewestSteps: 1,
  signal,
  reference: { measuredOn: "", ratios: {} },
};

let cleanup: CleanupStack;
beforeEach(() => {
  cleanup = new CleanupStack();
});
afterEach(() => cleanup.dispose());

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "motte-bench-test-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  return folder;
}

const side = (name: string, more: Partial<Side> = {}): Side => ({
  name,
  role: "ours",
  kind: undefined,
  ...more,
});

test("what is done after a step is done after one that fails, and nothing after that", async () => {
  const log: string[] = [];
  const operation: Operation<Side> = {
    name: "any",
    begin: async ({ name }) => void log.push(`begin ${name}`),
    prepare: async (turn, { name }) => {
      log.push(`prepare ${turn}`);
      return () => {
        if (name === "b") throw new Error("b failed");
      };
    },
    after: async () => void log.push("after"),
  };

  await expect(
    measured([operation], [side("a"), side("b")], "a", { ...OPTIONS, warmUps: 0 }),
  ).rejects.toThrow("b failed");
  expect(log).toEqual(["begin a", "prepare 0", "after", "begin b", "prepare 1", "after"]);
});

test("no round is begun after the time is over, and no side has had more turns than another", async () => {
  const turns = new Map<string, number>();
  const operation: Operation<Side> = {
    name: "any",
    prepare: (_turn, { name }) => {
      turns.set(name, (turns.get(name) ?? 0) + 1);
      return () => {};
    },
  };
  const figures = await measured([operation], [side("a"), side("b")], "a", {
    ...OPTIONS,
    rounds: 100,
    mostMs: -1,
  });

  // The one that warms up, and the one that counts.
  expect([...turns]).toEqual([
    ["b", 2],
    ["a", 2],
  ]);
  expect(figures.map(({ rounds }) => rounds)).toEqual([1, 1, 1]);
});

test("a ratio stands beside the reference of its kind in the operation of its kind, and no other", async () => {
  const reference = { measuredOn: "there", ratios: { redis: { "from sqlite": 0.5 } } };
  const operation: Operation<Side> = {
    name: "sqlite:/home/ada/wa.db to redis",
    kind: "from sqlite",
    prepare: () => () => {},
  };
  const found = async (kind: string | undefined): Promise<unknown> => {
    const sides = [side("base"), side("mine", { kind })];
    const figures = await measured([operation], sides, "base", { ...OPTIONS, reference });
    return figures.filter((figure) => figure.kind === "ratio").map((figure) => figure.reference);
  };

  expect(await found("redis")).toEqual([0.5]);
  // TLS is another way to the same store.
  expect(await found("rediss")).toEqual([0.5]);
  expect(await found("sqlite")).toEqual([undefined]);
  expect(await found(undefined)).toEqual([undefined]);
});

test("an area without a reference says so", () => {
  const lines = runLines({
    bench: "motte",
    version: 1,
    at: "2026-01-02T03:04:05.000Z",
    mode: "quick",
    environment: {
      node: "v22.12.0",
      cpu: "any",
      cores: 4,
      memoryGiB: 16,
      platform: "linux x64",
      fileSystem: "ext4",
      sqlite: "3.50.4 (node:sqlite)",
      loadAverage: 0,
    },
    areas: [
      {
        area: "caches",
        title: "",
        about: "",
        durability: "",
        tookMs: 1,
        reference: "",
        figures: [],
      },
    ],
  });
  expect(lines.join(" ")).toMatch(/There is no reference for caches yet: no other machine's/);
  expect(lines.join(" ")).not.toContain("reference: ");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test("a spread takes the same room, however wide it is", () => {
  const widths = [0, 0.001, 0.04, 0.995, 9.99, 9.995, 1_000].map(
    (each) => spreadWords(each).length,
  );
  expect(Math.max(...widths)).toBeLessThan(8);
});

test("every area that is listed loads, and takes no option that the command has not", async () => {
  const { bench } = await import("../src/commands/bench.ts");
  for (const { name, takes, load } of AREAS) {
    const { folder } = await load();
    expect({ name, folder: typeof folder }).toEqual({ name, folder: "function" });
    expect(Object.keys(bench.options)).toEqual(expect.arrayContaining([...takes]));
  }
});

const RECORDS = 100;

async function account(backend: AuthBackend): Promise<AuthBackend> {
  await makeAccount(backend, "acme", RECORDS, signal);
  return backend;
}

test("a made account is one that motte migrate finds nothing to say about", async () => {
  const from = await account(cleanup.use(memoryBackend()));
  const to = cleanup.use(memoryBackend());
  const report = await migrate({
    from: { backend: from, sessionId: "acme" },
    to: { backend: to, sessionId: "acme" },
  });
  expect(report).toMatchObject({ records: RECORDS, findings: [], corrupt: [], unknown: [] });
});

test("a source is neither marked nor written, and refuses what would", async () => {
  const backend = await account(cleanup.use(memoryBackend()));
  const source = await openSessionSource(
    { backend, sessionId: "acme", name: "mine", kind: "memory" },
    signal,
  );
  const target = cleanup.use(memoryBackend());
  for (const copy of [migrated, copied, migrated]) {
    await using place = emptyPlace(target, "copy", () =>
      target.delete("copy", { isKnownDead: () => false }),
    );
    await copy(source, place, signal);
    await using session = await openAuthState({ backend: target, sessionId: "copy" }).catch(
      () => undefined,
    );
    // Only what was checked can be opened: a bare copy has no creds.
    expect(session !== undefined).toBe(copy === migrated);
  }
  expect(source.records).toBe(RECORDS);
  // Throws for a session that is marked as moved.
  await (await openAuthState({ backend, sessionId: "acme" })).close();

  const readOnly = unwritten(backend);
  const opening = { owner: "me", leaseMs: 1_000, create: true, isKnownDead: () => false };
  await expect(readOnly.open("another", opening)).rejects.toMatchObject({
    code: "AUTH_STORE_NOT_FOUND",
  });
  await expect(readOnly.delete("acme", opening)).rejects.toThrow(TypeError);
  const session = await readOnly.open("acme", opening);
  const put = { op: "put", type: "session", id: "1", value: Buffer.from("x") } as const;
  await expect(session.commit({ batchId: "1", ops: [put] })).rejects.toThrow(TypeError);
  await expect(session.commit({ batchId: "2", ops: [], clear: "keys" })).rejects.toThrow(TypeError);
  await expect(session.commit({ batchId: "3", ops: [], creds: Buffer.from("x") })).rejects.toThrow(
    TypeError,
  );
  await session.release();
});

/** A backend that keeps every byte that it was ever given. */
function recording(backend: AuthBackend, written: Uint8Array[]): AuthBackend {
  return {
    kind: backend.kind,
    location: backend.location,
    capabilities: backend.capabilities,
    list: () => backend.list(),
    delete: (sessionId, options) => backend.delete(sessionId, options),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
    open: async (sessionId, options) => {
      const session = await backend.open(sessionId, options);
      const commit = (batch: WriteBatch): Promise<void> => {
        for (const op of batch.ops) if (op.op === "put") written.push(op.value);
        if (batch.creds !== undefined) written.push(batch.creds);
        return session.commit(batch);
      };
      return new Proxy(session, {
        get: (of, name) => {
          if (name === "commit") return commit;
          const member: unknown = Reflect.get(of, name);
          return typeof member === "function" ? (member.bind(of) as unknown) : member;
        },
      });
    },
  };
}

test("nothing of an encrypted account is written anywhere in the clear", async () => {
  const stored = cleanup.use(memoryBackend());
  const keys = secretKey(Buffer.alloc(32, 7));
  await account(sealed(stored, { keys }));
  const parts = { backend: stored, sessionId: "acme", name: "mine", kind: "memory" } as const;
  const source = await openSessionSource({ ...parts, keys }, signal);
  const written: Uint8Array[] = [];
  for (const copy of [migrated, copied]) {
    const before = written.length;
    const target = cleanup.use(recording(memoryBackend(), written));
    await copy(
      source,
      emptyPlace(target, "copy", async () => {}),
      signal,
    );
    expect(written.length - before).toBeGreaterThanOrEqual(RECORDS);
  }
  const clear = /"_sessions"|chainKey|noiseKey|senderChainKey|"7"|@lid/;
  expect(written.filter((bytes) => clear.test(Buffer.from(bytes).toString("latin1")))).toEqual([]);
  // Of an account in the clear, the same look finds it.
  const plain = await account(cleanup.use(memoryBackend()));
  const open = await openSessionSource({ ...parts, backend: plain }, signal);
  const target = cleanup.use(recording(memoryBackend(), written));
  await migrated(
    open,
    emptyPlace(target, "copy", async () => {}),
    signal,
  );
  expect(written.filter((bytes) => clear.test(Buffer.from(bytes).toString("latin1")))).not.toEqual(
    [],
  );
});

test("a message store that loses a message, or fails, is not measured", async () => {
  const forgetful: MessageSide = {
    ...side("forgetful"),
    open: async () => ({
      getMessage: () => undefined,
      recordSent: () => {},
      takeHistory: () => {},
      close: () => {},
    }),
  };
  const messages = madeMessages(baileys, 10);
  const folder = await temporaryFolder();
  const operations = await operationsOn([forgetful], messages, baileys, folder, cleanup);
  for (const operation of operations.filter(({ name }) => name !== "recordSent")) {
    await expect(measured([operation], [forgetful], "none", OPTIONS)).rejects.toThrow(
      "forgetful has lost a message",
    );
  }

  const store = await messageStore(baileys).open(join(folder, "failing.db"));
  await store.close();
  await expect(store.takeHistory(messages)).rejects.toThrow(/closed/i);
});

test("every way to keep messages gives back what it was told, also from a file that is opened again", async () => {
  const folder = await temporaryFolder();
  const messages = madeMessages(baileys, 200);
  const { jsonRows } = await import("../src/bench/messages/json-rows.ts");
  for (const way of [messageStore(baileys), preparedStatements(baileys), jsonRows(baileys)]) {
    const file = join(folder, `${way.name}.db`);
    const first = await way.open(file);
    await first.takeHistory(messages.slice(1));
    for (const message of messages.slice(0, 1)) first.recordSent(message);
    await first.close();
    const again = await way.open(file);
    for (const { key, message } of messages) {
      expect(await again.getMessage(key)).toMatchObject({ conversation: message?.conversation });
    }
    expect(await again.getMessage({ ...messages[0]?.key, id: "3EB0NONE" })).toBeUndefined();
    await again.close();
  }
  expect(await readdir(folder)).toContain("message store.db");
});

test("caches that have lost an entry, or made one up, are not measured", async () => {
  const [first] = cacheSides();
  if (first === undefined) throw new Error("there are caches");
  await expect(measured(OPERATIONS, [first], "none", OPTIONS)).rejects.toThrow(/lru\(\) has 0 of/);
  await fill(first);
  const figures = await measured(OPERATIONS, [first], "none", OPTIONS);
  expect(figures.map(({ group, unit }) => `${group} ${unit}`)).toEqual(["hits M/s", "misses M/s"]);
  await expect(
    measured(OPERATIONS, [{ ...first, get: () => "always" }], "none", OPTIONS),
  ).rejects.toThrow(/of 0 entries/);
});
