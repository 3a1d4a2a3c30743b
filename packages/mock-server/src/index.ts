export { MockServer } from "./mock-server.ts";
export type { LoginEvent, PairedEvent } from "./server-parts.ts";
export type { BaileysConfig, BaileysConfigOptions } from "./client/baileys-config.ts";
export type { ScannedCompanion } from "./phone/scanning.ts";
export type { LintMode } from "./lints/outgoing-lint.ts";
export type { NoiseOptions } from "./options.ts";
export type { NoisePattern } from "./wire/noise/symmetric-state.ts";
export type { VirtualClock } from "./clock/virtual-clock.ts";
export type { Limits } from "./limits.ts";
export type { MockServerOptions } from "./options.ts";
export { MockServerError } from "./errors.ts";
export type { MockServerErrorCode } from "./errors.ts";
export type { MockConnection } from "./connection/mock-connection.ts";
export { faultCatalogue } from "./faults/catalogue.ts";
export type { FaultDescription, FaultGroup, FaultName, FaultSettings } from "./faults/catalogue.ts";
export type { SettingDescription } from "./faults/setting.ts";
export type { FaultOptions, FaultPlan, FaultPlanSpec } from "./faults/fault-plan.ts";
export type { FaultFiring, FaultRule, FaultRuleSpec } from "./faults/fault-rule.ts";
export type { Chaos, ChaosOptions, SettleOptions } from "./chaos/chaos.ts";
export type { ChaosWeights } from "./chaos/chaos-plan.ts";
export type { FaultTarget } from "./faults/fault-target.ts";
export type { TriggerOptions } from "./faults/trigger.ts";
export type { StanzaMatch } from "./passages/stanza-match.ts";
export type { ClientInfo, ClientVersion } from "./session/client-info.ts";
export type { ConnectionState } from "./connection/connection.ts";
export type { Journal, JournalWaitOptions } from "./journal/journal.ts";
export type { JournalEntry, JournalPredicate } from "./journal/entry.ts";
export type {
  ConnectionClosedEvent,
  FaultEvent,
  HandshakeDoneEvent,
  HandshakeFrameEvent,
  HttpEvent,
  JournalEvent,
} from "./journal/journal-event.ts";
export type {
  ExpectMatch,
  Expectable,
  MessageMatch,
  SomeonesNumber,
} from "./journal/expect-match.ts";
export type { ExpectNoneOptions, ExpectOptions } from "./journal/expectations.ts";
export type {
  ReplyFunction,
  Script,
  ScriptSession,
  ScriptStart,
  ScriptedReply,
  ScriptedStanza,
} from "./scripts/script.ts";
export { parseTrace } from "./trace/parse-trace.ts";
export type { Trace } from "./trace/parse-trace.ts";
export type {
  TraceBytes,
  TraceEvent,
  TraceGap,
  TraceGroup,
  TraceHeader,
  TraceLine,
  TraceNode,
  TracePerson,
  TracePlain,
  TraceStanza,
} from "./trace/trace-line.ts";
export { TraceRedactor } from "./trace/trace-redactor.ts";
export { replay } from "./trace/replay.ts";
export type { ReplayOptions, ReplayReport, SkippedMessage } from "./trace/replay.ts";
export type { FollowOptions, TraceOptions } from "./trace/tracer.ts";
export type { JournalTableOptions } from "./journal/journal-table.ts";
export type { PendingStanzas } from "./journal/pending.ts";
export type { LinkedCompanion, PairedCompanion, PairingOptions, Phone } from "./phone/phone.ts";
export type { MockNewsletter } from "./phone/newsletter.ts";
export type { MockNewsletterPost, NewsletterOptions } from "./phone/newsletter.ts";
export type { CallOptions, MockCall } from "./phone/call.ts";
export type { ServerProps } from "./server-props.ts";
export type { UnhandledStanza } from "./journal/unhandled.ts";
export type { Profile } from "./phone/profile.ts";
export type { PresenceState } from "./phone/presence.ts";
export type { PrivacyCategory } from "./world/privacy.ts";
export type {
  BusinessDay,
  BusinessHours,
  BusinessProfile,
  ChatState,
  DirtyType,
  MessageCapping,
  ReachoutTimelock,
} from "./world/settings.ts";
export type { Person } from "./phone/person.ts";
export type { PictureSettings } from "./news/profile-pictures.ts";
export type { Contact, ContactDevice, LinkDeviceOptions } from "./phone/contact.ts";
export type {
  ChatTarget,
  Correspondent,
  DeliveredOptions,
  MessageChoice,
  SayOptions,
  SendOptions,
  SentReference,
} from "./phone/correspondent.ts";
export type { ContactCard, Place } from "./phone/content/places.ts";
export type { Poll } from "./phone/content/polls.ts";
export type { SentCopy } from "./phone/sent-copies.ts";
export type { Addressing } from "./phone/virtual-device.ts";
export type { ReceiveOptions, ReceivedMessage } from "./phone/inbox.ts";
export type { MockGroup } from "./phone/group.ts";
export type {
  ConfirmOptions,
  GroupActOptions,
  MockGroupMember,
  MockInvitation,
} from "./phone/group.ts";
export type { MockCommunity } from "./phone/group-making.ts";
export type { GroupOptions } from "./phone/group-making.ts";
export type { GroupRole } from "./world/group-members.ts";
export type { GroupSettings } from "./world/group-settings.ts";
export { GroupRefusal } from "./world/group-refusal.ts";
export type { RefusalStatus } from "./world/group-refusal.ts";
export type { EncryptionKind } from "./world/primary-device.ts";
export type { PersonOptions } from "./world/world.ts";
export type {
  AppStateFlaw,
  AppStateMutation,
  AppStateWaitOptions,
  PhoneAppState,
  RotateOptions,
} from "./phone/app-state.ts";
export type {
  AppStateCollection,
  AppStateEntry,
  ChatReference,
  LabelOptions,
  MessageReference,
  QuickReplyOptions,
} from "./phone/app-state-actions.ts";
export type { PatchFlaw, PlainMutation } from "./phone/app-state-patch.ts";
export type {
  HistoryContent,
  HistoryOptions,
  HistoryWaitOptions,
  PhoneHistory,
} from "./phone/history.ts";
export type {
  HistoryChat,
  HistoryChatOptions,
  HistoryDepth,
  HistoryMessageOptions,
} from "./phone/history-chat.ts";
export type { HistoryTransport } from "./phone/history-packing.ts";
export type { HistorySyncKind } from "./phone/history-sync.ts";
export type {
  AudioOptions,
  DocumentOptions,
  MediaOptions,
  PictureOptions,
  ServerMedia,
  StickerOptions,
  VideoOptions,
} from "./media/media.ts";
export type { RestoreOptions } from "./snapshot/snapshots.ts";
export type { WorldSnapshot } from "./snapshot/world-snapshot.ts";
export type { Json } from "./snapshot/json.ts";
export type { StoredMedia } from "./media/store.ts";
export type { PictureAudience } from "./world/pictures.ts";
export type { BotEnvironment, BotEnvironmentOptions } from "./preload/bot-environment.ts";
export type { ScanMode } from "./preload/settings.ts";
export type { ClientAuth } from "./fixtures/auth.ts";
export type { ClientConfig, ClientOptions, StagedClient } from "./fixtures/client.ts";
export { type Stage, type StageOptions, openStage } from "./fixtures/stage.ts";
