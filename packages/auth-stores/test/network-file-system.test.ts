import { fileBackend } from "@motte/auth-stores/backends/file";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { useFileAuthState, useSqliteAuthState } from "@motte/auth-stores";
import { type Logger, silentLogger } from "@motte/core/logger";
import { expect, test, vi } from "vitest";
import { warnOfNetworkFileSystem } from "../src/network-file-system.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const NFS = 0x6969;
const EXT4 = 0xef53;
const stat = vi.hoisted(() => vi.fn<() => Promise<{ type: number }>>());
vi.mock("node:fs/promises", async (original) => ({ ...(await original<object>()), statfs: stat }));

interface Heard {
  readonly logger: Logger;
  readonly warnings: { readonly detail: unknown; readonly message: string }[];
  readonly details: unknown[];
}

function listening(): Heard {
  const warnings: Heard["warnings"] = [];
  const details: unknown[] = [];
  const logger: Logger = {
    ...silentLogger,
    child: () => logger,
    warn: (detail, message = "") => void warnings.push({ detail, message }),
    debug: (detail) => void details.push(detail),
  };
  return { logger, warnings, details };
}

test.each([
  [NFS, "NFS"],
  [0xff534d42, "CIFS"],
  [0xff534d42 | 0, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9p"],
])("the file system %i is known as %s, and what to do instead is said", async (type, name) => {
  const { logger, warnings } = listening();
  await warnOfNetworkFileSystem("/mnt/bot", logger, async () => ({ type }), "linux");
  expect(warnings).toEqual([
    {
      detail: { fileSystem: name, folder: "/mnt/bot" },
      message: expect.stringMatching(new RegExp(`on ${name},.*local disk, or in Redis`)),
    },
  ]);
});

test("a local disk, another system's number and a file system that does not answer are no warning", async () => {
  const { logger, warnings, details } = listening();
  const refused = new Error("not permitted");
  await warnOfNetworkFileSystem("/", logger, async () => ({ type: EXT4 }), "linux");
  await warnOfNetworkFileSystem("/", logger, async () => ({ type: NFS }), "darwin");
  await warnOfNetworkFileSystem("/", logger, () => Promise.reject(refused), "linux");
  expect(warnings).toEqual([]);
  expect(details).toEqual([{ error: refused }]);
});

test("every way to open files or a database looks where they are, once", async () => {
  await using folder = await temporaryFolder();
  const { logger, warnings } = listening();
  const expected = process.platform === "linux" ? ["NFS"] : [];
  stat.mockImplementation(async () => ({ type: NFS }));
  const opened: [string, () => Promise<AsyncDisposable>][] = [
    [folder.path, () => fileBackend(folder.path, { logger })],
    [folder.file("auth"), () => useFileAuthState(folder.file("auth"), { logger })],
    [folder.path, () => sqliteBackend(folder.file("a.db"), { logger })],
    [folder.path, () => sqliteBackend(folder.file("b.db"), { logger, threaded: true })],
    [folder.path, () => useSqliteAuthState(folder.file("c.db"), { logger })],
  ];
  for (const [where, open] of opened) {
    warnings.length = 0;
    await (await open())[Symbol.asyncDispose]();
    const found = warnings.map(({ detail }) => detail);
    expect(found).toEqual(expected.map((fileSystem) => ({ fileSystem, folder: where })));
  }
  warnings.length = 0;
  await (await sqliteBackend(":memory:", { logger }))[Symbol.asyncDispose]();
  stat.mockImplementation(async () => ({ type: EXT4 }));
  await (await fileBackend(folder.path, { logger }))[Symbol.asyncDispose]();
  expect(warnings).toEqual([]);
});
