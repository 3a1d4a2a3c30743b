import { type UserFacingSocketConfig, type WASocket, makeWASocket } from "@whiskeysockets/baileys";
import { useSqliteAuthState } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import type { Clock } from "@motte/core/clock";
import { silentLogger } from "@motte/core/logger";
import type { SqliteDatabase } from "@motte/core/sqlite";
import type { MockGroup, MockServer, Phone } from "@motte/mock-server";
import { type SuperviseOptions, supervise } from "@motte/reconnect";
import {
  type KV,
  baileysCaches,
  bindStores,
  chatStore,
  contactStore,
  createIdentities,
  groupMetadataCache,
  openMessageStore,
  openTables,
  reactionStore,
  receiptStore,
} from "@motte/store-kit";
import { within } from "./bot.ts";
import { giveReadyPreKeys } from "./ready-pre-keys.ts";
import type { TemporaryFolder } from "./temporary-folder.ts";

export interface BoundBotOptions {
  /** Whose login and stores these are. @defaultValue `"bot"` */
  readonly account?: string;
  /** The stores' own time. */
  readonly clock?: Clock;
  /** The file of the stores. @defaultValue the account's own */
  readonly file?: string;
  /** An open file of the stores, instead. */
  readonly database?: SqliteDatabase;
  /** What the caches of Baileys rest on. @defaultValue memory alone */
  readonly l2?: KV;
  readonly socket?: Partial<UserFacingSocketConfig>;
  readonly reconnect?: SuperviseOptions;
}

/** A supervised bot whose every store is bound, on the login in the folder, which may be none yet. */
export async function boundBot(
  server: MockServer,
  folder: TemporaryFolder,
  options: BoundBotOptions = {},
) {
  const { account = "bot" } = options;
  const cleanup = new CleanupStack();
  const auth = await useSqliteAuthState(folder.file(`${account}.auth.db`));
  cleanup.defer(() => auth.close());
  await giveReadyPreKeys(auth);
  const { database, file = folder.file(`${account}.db`) } = options;
  const place = database === undefined ? { file } : { database };
  const errors: Error[] = [];
  const common = {
    onError: (error: Error): void => void errors.push(error),
    ...(options.clock && { clock: options.clock }),
  };
  const tables = await openTables({ account, ...place });
  cleanup.defer(() => tables.close());
  const { me } = auth.state.creds;
  const identities = createIdentities({ tables, ...(me && { me }), ...common });
  const messages = await openMessageStore({
    account,
    ...place,
    identities,
    me: () => auth.state.creds.me,
    keep: () => "body",
    ...common,
  });
  cleanup.defer(() => messages.close());
  const stores = { identities, tables, ...common };
  const parts = {
    identities,
    messages,
    groups: groupMetadataCache(stores),
    chats: chatStore(stores),
    contacts: contactStore(stores),
    receipts: receiptStore(stores),
    reactions: reactionStore(stores),
  };
  const caches = baileysCaches({ account, ...(options.l2 && { l2: options.l2 }), ...common });
  const answered: (string | undefined)[] = [];
  const supervisor = supervise(
    () => {
      const sock = makeWASocket({
        ...server.baileysConfig(),
        logger: silentLogger,
        auth: auth.state,
        makeSignalRepository: auth.makeSignalRepository,
        ...caches,
        getMessage: async (key) => {
          const message = await messages.getMessage(key);
          answered.push(message?.conversation ?? message?.extendedTextMessage?.text ?? undefined);
          return message;
        },
        cachedGroupMetadata: parts.groups.cachedGroupMetadata,
        enableRecentMessageCache: false,
        ...options.socket,
      });
      binding.attach(sock);
      return sock;
    },
    { saveCreds: auth.saveCreds, ...options.reconnect },
  );
  const binding = bindStores(supervisor, parts, common);
  cleanup.defer(() => binding.unbind());
  cleanup.defer(() => supervisor.stop());
  const qr = new Promise<string>((resolve) => supervisor.onQR((told) => resolve(told.qr)));
  const look = new Set<() => void>();
  supervisor.ev.process(() => {
    for (const each of look) each();
  });
  await supervisor.start();

  const open = (): Promise<WASocket> => supervisor.whenOpen({ timeoutMs: 60_000 });
  return {
    parts,
    caches,
    supervisor,
    binding,
    errors,
    /** What `getMessage` answered, in order. */
    answered,
    open,
    /** Links it to a phone, and waits until the first sync is over. */
    link: async (phone: Phone): Promise<WASocket> => {
      await phone.scan(await within("The QR", qr));
      const sock = await open();
      const { creds } = auth.state;
      await until("The first sync", look, () => creds.accountSyncCounter > 0);
      return sock;
    },
    /** Resolves when that is so, looking again after each flush. */
    until: (what: string, isSo: () => boolean): Promise<void> => until(what, look, isSo),
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}

export type BoundBot = Awaited<ReturnType<typeof boundBot>>;

/** How often the metadata of a group was asked for. */
export function questionsAbout(server: MockServer, group: MockGroup): number {
  return server.journal.filter(
    ({ direction, tag, attrs }) =>
      direction === "in" && tag === "iq" && attrs["xmlns"] === "w:g2" && attrs["to"] === group.jid,
  ).length;
}

async function until(what: string, look: Set<() => void>, isSo: () => boolean): Promise<void> {
  let again: (() => void) | undefined;
  const so = new Promise<void>((resolve) => {
    again = () => void (isSo() && resolve());
    look.add(again);
    again();
  });
  try {
    await within(what, so);
  } finally {
    if (again !== undefined) look.delete(again);
  }
}
