import { statfs } from "node:fs/promises";
import type { Logger } from "@motte/core/logger";

// f_type of statfs(2), as linux/magic.h has it; those of Lustre and VirtualBox are in their own sources. Cluster file
// systems that keep locks and shared memory coherent (GFS2, OCFS2) are not among them, nor is FUSE, which may be either.
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9p"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x564c, "NCP"],
  [0x0bd00bd0, "Lustre"],
  [0x786f4256, "a shared folder of VirtualBox"],
]);

/** What is asked about a file system. */
export type StatFileSystem = (path: string) => Promise<{ readonly type: number }>;

/**
 * The network file system that `folder` is on, by its name: one whose locks and flushes cannot be relied on. `undefined` for
 * any other, and always outside Linux, where none tells.
 *
 * Throws what the system says of a folder that cannot be asked about.
 */
export async function networkFileSystem(
  folder: string,
  stat: StatFileSystem = statfs,
  platform: NodeJS.Platform = process.platform,
): Promise<string | undefined> {
  if (platform !== "linux") return undefined;
  const { type } = await stat(folder);
  // Where f_type is a signed 32-bit number, large ones come out negative.
  return NETWORK.get(type >>> 0);
}

/**
 * Warns when `folder` is on a file system whose locks and flushes cannot be relied on. Only Linux tells; anything that
 * cannot be found out is no reason for a warning, and never one to fail.
 */
export async function warnOfNetworkFileSystem(
  folder: string,
  logger: Logger,
  stat: StatFileSystem = statfs,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  let fileSystem: string | undefined;
  try {
    fileSystem = await networkFileSystem(folder, stat, platform);
  } catch (error) {
    logger.debug({ error }, "the file system of the auth store cannot be asked what it is");
    return;
  }
  if (fileSystem === undefined) return;
  logger.warn(
    { fileSystem, folder },
    `the auth store is on ${fileSystem}, where file locks and flushes do not hold: two owners may write at once and ` +
      "acknowledged writes may be lost. Keep it on a local disk, or in Redis",
  );
}
