export {
  type ExportBundleOptions,
  type ImportBundleOptions,
  exportBundle,
  importBundle,
} from "./bundle.ts";
export { BUNDLE_PROTO } from "./bundle-schema.ts";
export {
  type FamilyDifference,
  MigrationError,
  type MigrationErrorCode,
  type MigrationErrorOptions,
  type MigrationFlag,
} from "./errors.ts";
export type { Finding, FindingCode } from "./findings.ts";
export type { CorruptEntry, ForeignEntry, ForeignSource, UnknownEntry } from "./foreign-source.ts";
export { type ForgetMigrationOptions, forgetMigration } from "./forget-migration.ts";
export type { SessionPlace } from "./held-session.ts";
export {
  type EvolutionApiFolderOptions,
  type EvolutionApiHashOptions,
  type ReadSessionCreds,
  evolutionApiFolder,
  evolutionApiHash,
} from "./importers/evolution-api.ts";
export { multiFileFolder } from "./importers/multi-file.ts";
export { type MysqlBaileysRow, mysqlBaileysRows } from "./importers/mysql-baileys.ts";
export {
  type ReadHash,
  type RedisHashOptions,
  baileysRedisAuth,
  fazerAiHash,
} from "./importers/redis-hash.ts";
export { type SqliteSource, baileysSqlite, wabotjsSqlite } from "./importers/sqlite-tables.ts";
export type { SessionName } from "./markers.ts";
export { type MigrationReport, migrate, migrationSteps } from "./migrate.ts";
export type { MigrateOptions, MigrationSettings } from "./migrate-options.ts";
export type { NormalisationKind } from "./normalise.ts";
export { type FamilyCount, type MigrationPlan, planMigration } from "./plan.ts";
export type { MigrationProgress } from "./progress.ts";
export { type MigrationStanding, migrationStanding } from "./standing.ts";
