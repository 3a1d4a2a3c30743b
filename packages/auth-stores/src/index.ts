export { type AuthStateHandle, type OpenAuthStateOptions, openAuthState } from "./auth-state.ts";
export type { AuthStateOptions } from "./auth-state-options.ts";
export type {
  AuthBackend,
  BackendCapabilities,
  BackendSession,
  CredsGeneration,
  DeleteSessionOptions,
  Fence,
  OpenSessionOptions,
  ScannedPage,
  SessionSummary,
  WriteBatch,
  WriteOp,
} from "./backend.ts";
export { type StatFileSystem, networkFileSystem } from "./network-file-system.ts";
export { describeOwner, isOwnerKnownDead, newOwner } from "./owner.ts";
export type { EncryptionOptions } from "./encryption/encryption-option.ts";
export type { AppStateSyncKeyCodec, BaileysModule, MakeSignalRepository } from "./peer-library.ts";
export { AuthStoreError, type AuthStoreErrorCode, type AuthStoreErrorOptions } from "./errors.ts";
export type { AuthKeyStore, CorruptRecord } from "./signal-key-store.ts";
export { type AuthStoreMetric, METRICS_CHANNEL, onMetric } from "./metrics.ts";
export { type AuthStoreSummary, type Histogram, MetricsSummary } from "./metrics-summary.ts";
export { type FileAuthStateOptions, useFileAuthState } from "./use-file-auth-state.ts";
export { type MemoryAuthStateOptions, useMemoryAuthState } from "./use-memory-auth-state.ts";
export { type SqliteAuthStateOptions, useSqliteAuthState } from "./use-sqlite-auth-state.ts";
export { type RedisAuthStateOptions, useRedisAuthState } from "./use-redis-auth-state.ts";
