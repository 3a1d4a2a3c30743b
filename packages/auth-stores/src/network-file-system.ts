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
 * Warns when `folder` is on a file system whose locks and flushes cannot be relied on. Only Linux tells; anything that
 * cannot be found out is no reason for a warning, and never one to fail.
 */
export async function warnOfNetworkFileSystem(
  folder: string,
  logger: Logger,
  stat: StatFileSystem = statfs,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  if (platform !== "linux") return;
  let type: number;
  try {
    ({ type } = await stat(folder));
  } catch (error) {
    logger.debug({ error }, "the file system of the auth store cannot be asked what it is");
    return;
  }
  // Where f_type is a signed 32-bit number, large ones come out negative.
  const fileSystem = NETWORK.get(type >>> 0);
  if (fileSystem === undefined) return;
  logger.warn(
    { fileSystem, folder },
    `the auth store is on ${fileSystem}, where file locks and flushes do not hold: two owners may write at once and ` +
      "acknowledged writes may be lost. Keep it on a local disk, or in Redis",
  );
}
