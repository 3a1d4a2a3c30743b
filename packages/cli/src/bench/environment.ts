import { statfs } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";

/** What a result has to be read with. */
export interface Environment {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  /** Of the folder that the stores were in. */
  readonly fileSystem: string;
  /** The SQLite that was used, and who brings it. */
  readonly sqlite: string;
  /** Before the run. Above the number of cores, read the ratios and not the times. */
  readonly loadAverage: number;
}

// linux/magic.h. Other systems number theirs otherwise.
const LINUX_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x2fc12fc1, "zfs"],
  [0x01021994, "tmpfs (memory)"],
  [0x794c7630, "overlayfs"],
  [0x6969, "nfs (network)"],
  [0xff534d42, "cifs (network)"],
  [0x65735546, "fuse"],
]);

/** Looks at the machine, and at the folder in which the stores will be. Call it before the work begins. */
export async function environmentOf(folder: string): Promise<Environment> {
  const [load = 0] = loadavg();
  const [cpu] = cpus();
  return {
    node: process.version,
    cpu: cpu?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    platform: `${process.platform} ${process.arch}`,
    fileSystem: await fileSystemOf(folder),
    sqlite: await sqliteOf(),
    loadAverage: Number(load.toFixed(1)),
  };
}

async function fileSystemOf(folder: string): Promise<string> {
  const { type } = await statfs(folder);
  const name = process.platform === "linux" ? LINUX_FILE_SYSTEMS.get(type) : undefined;
  return name ?? `type 0x${type.toString(16)}`;
}

async function sqliteOf(): Promise<string> {
  const [driver] = await availableSqliteDrivers();
  if (driver === undefined) return "none";
  const database = await openSqlite(":memory:", { driver });
  try {
    const version = database.prepare("SELECT sqlite_version() AS version").get()?.["version"];
    return `${String(version)} (${driver})`;
  } finally {
    database.close();
  }
}
