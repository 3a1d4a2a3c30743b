export { StoreKitError, type StoreKitErrorCode } from "./errors.ts";
export type { ErrorSink } from "./error-sink.ts";
export type { BaileysRuntime } from "./baileys-runtime.ts";
export { type Millis, days, hours, milliseconds, minutes, seconds } from "./millis.ts";
export {
  type CacheSetOptions,
  type EvictReason,
  type LruOptions,
  type SyncCache,
  lru,
} from "./cache/lru.ts";
export {
  type InvalidateOptions,
  type LoadContext,
  type ReadThrough,
  type ReadThroughOptions,
  type ReadThroughStats,
  readThrough,
} from "./cache/read-through.ts";
export type { Change, KV, KVCapabilities, Stored } from "./kv/kv.ts";
export { type KeyvKVOptions, type KeyvLike, keyvKV } from "./kv/keyv-kv.ts";
export { type MemoryKVOptions, memoryKV } from "./kv/memory-kv.ts";
export { type RedisChangesOptions, redisChanges } from "./kv/redis-changes.ts";
export type {
  IoredisSubscriber,
  NodeRedisSubscriber,
  RedisSubscriber,
} from "./kv/redis-subscription.ts";
export { type RedisKVOptions, redisKV } from "./kv/redis-kv.ts";
export { type SqliteChangesOptions, sqliteChanges } from "./kv/sqlite-changes.ts";
export { type SqliteKVOptions, openSqliteKV } from "./kv/sqlite-kv.ts";
export type { AsyncCache } from "./cache/async-cache.ts";
export {
  type BaileysCacheStore,
  type CacheGuard,
  type CacheStoreOptions,
  asCacheStore,
} from "./cache/cache-store.ts";
export { type FailOpenOptions, failOpen } from "./cache/fail-open.ts";
export {
  type FromNodeCacheOptions,
  type NodeCacheLike,
  fromNodeCache,
} from "./cache/from-node-cache.ts";
export type { InvalidationBus } from "./cache/invalidation-bus.ts";
export { type TieredCache, type TieredOptions, type TieredStats, tiered } from "./cache/tiered.ts";
export { type TypedOptions, typed } from "./cache/typed.ts";
export { bytesCodec } from "./codec/bytes-codec.ts";
export { jsonCodec } from "./codec/json-codec.ts";
export type { Codec } from "./messages/codec.ts";
export { type KVCallReport, instrument } from "./kv/instrument.ts";
export type { DurabilityRisk } from "./kv/flush-schedule.ts";
export {
  type PendingReport,
  type WriteBehind,
  type WriteBehindOptions,
  writeBehind,
} from "./kv/write-behind.ts";
export {
  type BaileysCaches,
  type BaileysCachesOptions,
  baileysCaches,
} from "./cache/baileys-caches.ts";
export type { MessageStore, MessageStoreOptions } from "./messages/message-store.ts";
export { openMessageStore } from "./messages/sqlite-message-store.ts";
export type {
  RedisMessageStore,
  RedisMessageStoreOptions,
} from "./messages/redis/redis-message-store.ts";
export { openRedisMessageStore } from "./messages/redis/redis-store.ts";
export type { CommonMessageStoreOptions } from "./messages/store-options.ts";
export type { PollSecrets, StoredMessage } from "./messages/reading.ts";
export type { MessagePage, MessagePageOptions } from "./messages/page-cursor.ts";
export type { HistoryOptions, HistoryProgress } from "./messages/history-intake.ts";
export type { AddressBook } from "./messages/address.ts";
export type { MessageKind } from "./messages/message-kind.ts";
export type { PrivacyOptions } from "./messages/privacy.ts";
export type {
  EmitterSource,
  EventSource,
  FlushSource,
  MessageEvents,
} from "./messages/event-feed.ts";
export type { InstrumentedSocket } from "./messages/instrument-sends.ts";
export type { KeepPolicy } from "./messages/message-facts.ts";
export type { MessageOrigin } from "./messages/message-row.ts";
export type { SweepBudget, SweepReport } from "./sqlite/sweep-budget.ts";
export type { DatabaseOptions } from "./sqlite/open-database.ts";
export type { MeIdentity } from "./messages/own-identity.ts";
export type { RetentionOptions } from "./messages/retention.ts";
export { type IdentitiesOptions, createIdentities } from "./identities/create-identities.ts";
export type {
  Binding,
  EntityId,
  Identities,
  IdentityChange,
  IdentityEvents,
  IdentityFact,
  IdentityLookup,
  IdentityPair,
  IdentitySource,
  LearnOutcome,
  LearnReport,
  ResolveOptions,
} from "./identities/identities.ts";
export { memoryTables } from "./tables/memory-tables.ts";
export { type OpenTables, type TablesOptions, openTables } from "./tables/sqlite-tables.ts";
export {
  type OpenRedisTables,
  type RedisTablesOptions,
  openRedisTables,
} from "./tables/redis/redis-tables.ts";
export type {
  PageCursor,
  PageOptions,
  Table,
  TableEntry,
  TableName,
  TableShape,
  Tables,
} from "./tables/table.ts";
export type { GroupMetadataCacheOptions } from "./groups/group-cache-options.ts";
export type { GroupEvents } from "./groups/group-events.ts";
export { type GroupMetadataCache, groupMetadataCache } from "./groups/group-metadata-cache.ts";
export type { PrefetchOptions, PrefetchReport } from "./groups/prefetch.ts";
export {
  type ChatEvents,
  type ChatPage,
  type ChatStore,
  type StoredChat,
  chatStore,
} from "./chats/chat-store.ts";
export {
  type ContactEvents,
  type ContactStore,
  type StoredContact,
  contactStore,
} from "./chats/contact-store.ts";
export {
  type LabelEvents,
  type LabelStore,
  type LabelledItem,
  type StoredLabel,
  labelStore,
} from "./chats/label-store.ts";
export {
  type PresenceEvents,
  type PresenceStore,
  type PresenceStoreOptions,
  presenceStore,
} from "./chats/presence-store.ts";
export {
  type ReactionEvents,
  type ReactionStore,
  type StoredReaction,
  reactionStore,
} from "./chats/reaction-store.ts";
export {
  type ReceiptEvents,
  type ReceiptStore,
  type StoredReceipt,
  receiptStore,
} from "./chats/receipt-store.ts";
export {
  type StarEvents,
  type StarPage,
  type StarStore,
  type StoredStar,
  starStore,
} from "./chats/star-store.ts";
export type { ChatSideOptions } from "./chats/store-base.ts";
export {
  type WabotjsMessagesOptions,
  type WabotjsMessagesReport,
  importWabotjsMessages,
} from "./import/wabotjs-messages.ts";
export { importWabotjsJids } from "./import/wabotjs-jids.ts";
export type { WabotjsSource } from "./import/wabotjs-source.ts";
export {
  type BindStats,
  type BindStoresOptions,
  type DrainReport,
  type StoreBinding,
  bindStores,
} from "./bind/bind-stores.ts";
export {
  type ErasableParts,
  type EraseReport,
  type ErasedRows,
  type ErasesUsers,
  eraseUser,
} from "./bind/erase-user.ts";
export type { BindableEvents, BindableSocket } from "./bind/socket-link.ts";
export type { StoreParts } from "./bind/store-parts.ts";
export type { HistoryDrained, IngestProgress, WaitingBytes } from "./ingest/ingest-queue.ts";
export type { HistoryPolicy } from "./ingest/history-policy.ts";
export type { HistoryBytes } from "./ingest/history-queue.ts";
export {
  type HistorySpool,
  type HistorySpoolOptions,
  type SpooledPart,
  openHistorySpool,
} from "./ingest/history-spool.ts";
export type { PackedKind, PackedPart } from "./ingest/packed-history.ts";
