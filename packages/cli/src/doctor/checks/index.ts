import type { MachineCheck, StoreCheck } from "../finding.ts";
import { account } from "./account.ts";
import { baileysVersion } from "./baileys-version.ts";
import { clockBehind } from "./clock-behind.ts";
import { corruptRecords } from "./corrupt-records.ts";
import { deadOwner } from "./dead-owner.ts";
import { denied } from "./denied.ts";
import { fileModes } from "./file-modes.ts";
import { gitNotIgnored } from "./git-not-ignored.ts";
import { gitTracked } from "./git-tracked.ts";
import { halfImported } from "./half-imported.ts";
import { halfPaired } from "./half-paired.ts";
import { leftovers } from "./leftovers.ts";
import { networkFolder } from "./network-folder.ts";
import { notEncrypted } from "./not-encrypted.ts";
import { nodeVersion } from "./node-version.ts";
import { redisClock } from "./redis-clock.ts";
import { redisEviction } from "./redis-eviction.ts";
import { redisPersistence } from "./redis-persistence.ts";
import { redisVersion } from "./redis-version.ts";
import { senderKeyMemory } from "./sender-key-memory.ts";
import { sqliteDamage } from "./sqlite-damage.ts";
import { sqliteVersion } from "./sqlite-version.ts";
import { unreadableCreds } from "./unreadable-creds.ts";

/** What is looked at on the machine, in the order it is told. */
export const machineChecks: readonly MachineCheck[] = [nodeVersion, sqliteVersion];

/** What is looked at in every store, in the order it is told. */
export const storeChecks: readonly StoreCheck[] = [
  denied,
  networkFolder,
  baileysVersion,
  fileModes,
  gitTracked,
  gitNotIgnored,
  notEncrypted,
  sqliteDamage,
  redisVersion,
  redisEviction,
  redisPersistence,
  redisClock,
  clockBehind,
  deadOwner,
  leftovers,
  halfImported,
  halfPaired,
  unreadableCreds,
  corruptRecords,
  account,
  senderKeyMemory,
];
