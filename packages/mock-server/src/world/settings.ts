import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";
import { Blocklist } from "./blocklist.ts";
import { PrivacySettings, type PrivacySnapshot } from "./privacy.ts";

/** The line below a person's name. */
export interface About {
  readonly text: string;
  /** Milliseconds since the epoch; 0 when it was never changed. */
  readonly setAt: number;
}

/** How long messages stay in chats this person starts. */
export interface DisappearingMode {
  /** 0: for good. */
  readonly seconds: number;
  /** Milliseconds since the epoch; 0 when it was never changed. */
  readonly setAt: number;
}

/** What a business tells about itself. */
export interface BusinessProfile {
  /** The name WhatsApp has checked. */
  readonly verifiedName?: string;
  /** Where it is, in words. */
  readonly address?: string;
  /** What it does. */
  readonly description?: string;
  /** An address that starts with `https://`. */
  readonly website?: string;
  /** Where to write to. */
  readonly email?: string;
  /** Like `Furniture`. */
  readonly category?: string;
  /** When it is open. */
  readonly hours?: BusinessHours;
}

/** When a business is open. */
export interface BusinessHours {
  /** Like `"Europe/Berlin"`. */
  readonly timezone: string;
  /** Those it is open on. */
  readonly days: readonly BusinessDay[];
}

/** One day of the week. */
export interface BusinessDay {
  /** Like `"mon"`. */
  readonly day: string;
  /** As on the wire: `specific_hours`, `open_24h` or `appointment_only`. */
  readonly mode: string;
  /** Minutes after midnight, with `specific_hours`. */
  readonly open?: number;
  /** Minutes after midnight, with `specific_hours`. */
  readonly close?: number;
}

/** Why an account may not write to people it has not written to before. */
export interface ReachoutTimelock {
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  /** As on the wire, like `BIZ_QUALITY`. */
  readonly enforcementType: string;
}

/** How many new chats an account may start. */
export interface MessageCapping {
  /** How many it may start. */
  readonly totalQuota: number;
  /** How many it has started. */
  readonly usedQuota: number;
  /** As on the wire. */
  readonly status: "NONE" | "FIRST_WARNING" | "SECOND_WARNING" | "CAPPED";
}

/** Parts of an account a client may have to fetch again. */
export type DirtyType =
  "account_sync" | "groups" | "communities" | "syncd_app_state" | "newsletter_metadata";

/** What somebody does in a chat right now. */
export type ChatState = "composing" | "recording" | "paused";

/** People by phone number. */
export interface SettingsSnapshot {
  readonly privacy: PrivacySnapshot;
  readonly blocklist: readonly string[];
  readonly dirty: readonly (readonly [DirtyType, number])[];
  readonly chatStates: readonly (readonly [string, ChatState])[];
  readonly callAnswers: readonly (readonly [string, string])[];
  readonly about: About;
  readonly disappearingMode: DisappearingMode;
  readonly business?: BusinessProfile | undefined;
  readonly timelock?: ReachoutTimelock | undefined;
  readonly capping: MessageCapping;
  readonly lastSeenAt?: number | undefined;
  readonly phoneAvailable: boolean;
  readonly restricted: boolean;
}

/** What the server keeps for an account besides its devices. */
export class AccountSettings {
  readonly privacy: PrivacySettings = new PrivacySettings();
  readonly blocklist: Blocklist = new Blocklist();
  /** Marked parts and when that was, in seconds since the epoch. They stay until the client cleans them. */
  readonly dirty: Map<DirtyType, number> = new Map<DirtyType, number>();
  /** What others were last doing in their chats with this account. */
  readonly chatStates: Map<Account, ChatState> = new Map<Account, ChatState>();
  /** What was last said to this account's calls, by call id. */
  readonly callAnswers: Map<string, string> = new Map<string, string>();
  // The text of a new account, in the language of its phone.
  about: About = { text: "Hey there! I am using WhatsApp.", setAt: 0 };
  disappearingMode: DisappearingMode = { seconds: 0, setAt: 0 };
  business: BusinessProfile | undefined;
  timelock: ReachoutTimelock | undefined;
  capping: MessageCapping = { totalQuota: -1, usedQuota: 0, status: "NONE" };
  /** When the account was last seen, in milliseconds since the epoch. */
  lastSeenAt: number | undefined;
  /** The account's phone shows it as online, whatever its clients do. */
  phoneAvailable = false;
  /** Only people who hold one of this account's trusted-contact tokens may reach it. */
  restricted = false;

  toSnapshot(lastSeenAt: number | undefined): SettingsSnapshot {
    const { about, disappearingMode, business, timelock, capping } = this;
    const { phoneAvailable, restricted } = this;
    return {
      privacy: this.privacy.toSnapshot(),
      blocklist: this.blocklist.accounts.map(({ phoneNumber }) => phoneNumber),
      dirty: [...this.dirty],
      chatStates: [...this.chatStates].map(([who, state]) => [who.phoneNumber, state]),
      callAnswers: [...this.callAnswers],
      about,
      disappearingMode,
      business,
      timelock,
      capping,
      lastSeenAt,
      phoneAvailable,
      restricted,
    };
  }

  fromSnapshot(snapshot: SettingsSnapshot, who: FindAccount): void {
    this.privacy.fromSnapshot(snapshot.privacy, who);
    this.blocklist.fromSnapshot(snapshot.blocklist.map(who));
    refill(this.dirty, snapshot.dirty);
    refill(
      this.chatStates,
      snapshot.chatStates.map(([number, state]) => [who(number), state]),
    );
    refill(this.callAnswers, snapshot.callAnswers);
    this.about = snapshot.about;
    this.disappearingMode = snapshot.disappearingMode;
    this.business = snapshot.business;
    this.timelock = snapshot.timelock;
    this.capping = snapshot.capping;
    this.lastSeenAt = snapshot.lastSeenAt;
    this.phoneAvailable = snapshot.phoneAvailable;
    this.restricted = snapshot.restricted;
  }
}

function refill<K, V>(map: Map<K, V>, entries: readonly (readonly [K, V])[]): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}
