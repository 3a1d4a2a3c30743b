import type { AuthenticationState } from "@whiskeysockets/baileys";
import {
  type AuthStateHandle,
  type BaileysModule,
  useFileAuthState,
  useRedisAuthState,
  useSqliteAuthState,
} from "@motte/auth-stores";
import { type SqliteDriver, availableSqliteDrivers } from "@motte/core/sqlite";

/** What the crash harness needs of an auth state. */
export interface DurableState {
  readonly state: AuthenticationState;
  readonly saveCreds: () => Promise<unknown>;
  readonly close: () => Promise<void>;
  /** How many records turned out to be corrupt so far. */
  readonly corrupt: () => number;
}

// Loading all of Baileys takes longer than everything else here, and nothing stored here needs it.
const notNeeded = (): never => {
  throw new Error("nothing that is stored here needs this");
};
const appStateSyncKey = { fromObject: notNeeded, encode: notNeeded, decode: notNeeded };

/** The rival, for its figure. */
export const MULTI_FILE = "useMultiFileAuthState";

/** Every state that promises to survive its process: a new backend is one more line. */
export async function durableKinds(): Promise<readonly string[]> {
  const drivers = await availableSqliteDrivers();
  const sqlite = drivers.flatMap((driver) => [
    `sqlite ${driver} commit`,
    `sqlite ${driver} process`,
    `sqlite ${driver} process threaded`,
  ]);
  const redis = ["redis process", "redis commit", "redis commit server"];
  return [...sqlite, "file", ...redis];
}

/** Opens the state of this kind at a place. Only with `initAuthCreds` may it be a new one. */
export async function openDurable(
  kind: string,
  place: string,
  initAuthCreds: BaileysModule["initAuthCreds"] = notNeeded,
): Promise<DurableState> {
  const baileys: BaileysModule = {
    initAuthCreds,
    proto: { Message: { AppStateSyncKeyData: appStateSyncKey } },
    DEFAULT_CONNECTION_CONFIG: { makeSignalRepository: notNeeded },
  };
  const [what, ...details] = kind.split(" ");
  switch (what) {
    case "sqlite": {
      const [driver, durability, threaded] = details;
      return counted(
        await useSqliteAuthState(`${place}/auth.db`, {
          baileys,
          driver: driver as SqliteDriver,
          durability: durability as "commit" | "process",
          threaded: threaded !== undefined,
        }),
      );
    }
    case "redis": {
      const [durability] = details;
      return counted(
        await useRedisAuthState(place, { baileys, durability: durability as "commit" | "process" }),
      );
    }
    case "file":
      return counted(await useFileAuthState(`${place}/auth`, { baileys }));
    case MULTI_FILE: {
      const { useMultiFileAuthState } =
        await import("@whiskeysockets/baileys/lib/Utils/use-multi-file-auth-state.js");
      const opened = await useMultiFileAuthState(`${place}/auth`);
      return { ...opened, close: async () => {}, corrupt: () => 0 };
    }
    default:
      throw new RangeError(`there is no durable state "${kind}"`);
  }
}

function counted(handle: AuthStateHandle): DurableState {
  let corrupt = 0;
  handle.onCorrupt(() => corrupt++);
  const { state, saveCreds, close } = handle;
  return { state, saveCreds, close, corrupt: () => corrupt };
}
