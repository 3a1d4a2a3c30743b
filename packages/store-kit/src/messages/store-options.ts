import { type Clock, systemClock } from "@motte/core/clock";
import { assertKnownOptions } from "@motte/core/options";
import type { WAMessage } from "@whiskeysockets/baileys";
import { type BaileysRuntime, loadBaileys } from "../baileys-runtime.ts";
import { StoreKitError } from "../errors.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { type Address, type AddressBook, formsOf } from "./address.ts";
import { assertAccount } from "../sqlite/accounts.ts";
import type { FactContext, KeepPolicy } from "./message-facts.ts";
import { messageCodec } from "./message-codec.ts";
import { isAnswerable } from "./message-kind.ts";
import type { MessageOrigin } from "./message-row.ts";
import { type MeIdentity, OwnIdentity } from "./own-identity.ts";
import { type PrivacyOptions, privacyFrom } from "./privacy.ts";
import { type RetentionOptions, retentionFrom } from "./retention.ts";

/** What every message store takes, whatever it stores in. */
export interface CommonMessageStoreOptions {
  /** Whose messages these are, e.g. the name of the session. Accounts of one store never see each other's. */
  readonly account: string;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Hears of every failure that is kept away from Baileys. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** The account's own JIDs, e.g. `() => state.creds.me`. @defaultValue learned from `bind`, when Baileys tells */
  readonly me?: MeIdentity | (() => MeIdentity | undefined);
  /** Tells which LID and PN are one user. @defaultValue what the keys of messages tell */
  readonly identities?: AddressBook;
  /**
   * Whether a user is an admin of a group, `undefined` while not known: only an admin may revoke others' messages.
   *
   * @defaultValue nobody is known to be one, so such a revoke waits until it expires
   */
  readonly isGroupAdmin?: (group: string, user: string) => boolean | undefined;
  /** What to keep of a message. @defaultValue the body of own messages, and of others' polls and events */
  readonly keep?: (message: WAMessage, origin: MessageOrigin) => KeepPolicy;
  /** How long, how many, how much. */
  readonly retention?: RetentionOptions;
  /** What to do with messages that are not meant to stay. */
  readonly privacy?: PrivacyOptions;
  /** Answer a retry from an address nothing links to the chat, if the id was sent to one person only. @defaultValue `true` */
  readonly matchUnmappedLid?: boolean;
  /** The copy of Baileys in use. @defaultValue the installed `@whiskeysockets/baileys` */
  readonly baileys?: BaileysRuntime;
}

export const COMMON_OPTIONS: readonly (keyof CommonMessageStoreOptions)[] = [
  "account",
  "clock",
  "onError",
  "me",
  "identities",
  "isGroupAdmin",
  "keep",
  "retention",
  "privacy",
  "matchUnmappedLid",
  "baileys",
];

/** The options with every default in place. */
export interface StoreRules extends Omit<FactContext, "nowMs"> {
  readonly account: string;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
  readonly isGroupAdmin: (group: string, user: Address) => boolean | undefined;
  readonly matchUnmappedLid: boolean;
}

/** @throws UsageError for an option that makes no sense. */
export async function storeRules(
  where: string,
  options: CommonMessageStoreOptions,
  known: readonly string[],
): Promise<StoreRules> {
  assertKnownOptions(where, options, known);
  const { account, clock = systemClock, keep = keepOwnAndAnswerable } = options;
  assertAccount(account);
  const retention = retentionFrom(options.retention);
  const privacy = privacyFrom(options.privacy);
  const codec = messageCodec(await loadBaileys(options.baileys));
  const report = reporter(totalSink(options.onError));
  return {
    account,
    clock,
    report,
    retention,
    privacy,
    keep,
    codec,
    me: new OwnIdentity(options.me),
    book: options.identities && carefulBook(options.identities, report),
    isGroupAdmin: carefulAdmins(options.isGroupAdmin, report),
    matchUnmappedLid: options.matchUnmappedLid ?? true,
  };
}

function reporter(sink: ErrorSink): (error: unknown) => void {
  return (error) => {
    const what = "Something that is no error was thrown";
    sink(
      error instanceof Error
        ? error
        : new StoreKitError("STORE_KIT_EVENT_UNREADABLE", what, { cause: error }),
    );
  };
}

// What others gave us to ask may fail; a message is then no harder to find than without it.
function carefulBook(book: AddressBook, report: (error: unknown) => void): AddressBook {
  const ask = (look: () => string | undefined): string | undefined => {
    try {
      return look();
    } catch (error) {
      report(error);
      return undefined;
    }
  };
  return { lidOf: (jid) => ask(() => book.lidOf(jid)), pnOf: (jid) => ask(() => book.pnOf(jid)) };
}

function carefulAdmins(
  ask: CommonMessageStoreOptions["isGroupAdmin"] = () => undefined,
  report: (error: unknown) => void,
): StoreRules["isGroupAdmin"] {
  return (group, user) => {
    try {
      const answers = formsOf(user).map((form) => ask(group, form));
      if (answers.includes(true)) return true;
      return answers.includes(false) ? false : undefined;
    } catch (error) {
      report(error);
      return undefined;
    }
  };
}

function keepOwnAndAnswerable(message: WAMessage, origin: MessageOrigin): KeepPolicy {
  return origin !== "inbound" || isAnswerable(message.message ?? {}) ? "body" : "none";
}
