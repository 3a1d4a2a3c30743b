import { createHash } from "node:crypto";
import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";

/** What a person may decide about, as WhatsApp names it. */
export type PrivacyCategory =
  | "readreceipts"
  | "last"
  | "online"
  | "profile"
  | "status"
  | "groupadd"
  | "calladd"
  | "messages"
  | "defense"
  | "stickers";

/** What each privacy setting may be. As WhatsApp names them. */
const LEGAL_VALUES: Readonly<Record<PrivacyCategory, readonly string[]>> = {
  readreceipts: ["all", "none"],
  last: ["all", "contacts", "contact_blacklist", "none"],
  online: ["all", "match_last_seen"],
  profile: ["all", "contacts", "contact_blacklist", "none"],
  status: ["all", "contacts", "contact_blacklist", "none"],
  groupadd: ["all", "contacts", "contact_blacklist", "none"],
  calladd: ["all", "known"],
  messages: ["all", "contacts"],
  defense: ["on_standard", "off"],
  stickers: ["all", "contacts", "contact_allowlist", "none"],
};

const CATEGORIES: readonly string[] = Object.keys(LEGAL_VALUES);

// The settings of a new account.
const DEFAULTS: Readonly<Record<PrivacyCategory, string>> = {
  readreceipts: "all",
  last: "all",
  online: "all",
  profile: "all",
  status: "all",
  groupadd: "all",
  calladd: "all",
  messages: "all",
  defense: "off",
  stickers: "all",
};

export function isPrivacyCategory(name: string): name is PrivacyCategory {
  return CATEGORIES.includes(name);
}

export function isPrivacyValue(category: PrivacyCategory, value: string): boolean {
  return LEGAL_VALUES[category].includes(value);
}

export interface PrivacySnapshot {
  readonly values: readonly (readonly [PrivacyCategory, string])[];
  /** By phone number. */
  readonly excluded: readonly (readonly [PrivacyCategory, readonly string[]])[];
}

/** What a person shows to whom. */
export class PrivacySettings {
  readonly #values = new Map<PrivacyCategory, string>();
  readonly #excluded = new Map<PrivacyCategory, Set<Account>>();

  get(category: PrivacyCategory): string {
    return this.#values.get(category) ?? DEFAULTS[category];
  }

  set(category: PrivacyCategory, value: string): void {
    this.#values.set(category, value);
  }

  /** Every setting, in a fixed order. */
  entries(): readonly (readonly [PrivacyCategory, string])[] {
    return CATEGORIES.filter(isPrivacyCategory).map((name) => [name, this.get(name)]);
  }

  /** Those left out where the value is `contact_blacklist`. */
  excluded(category: PrivacyCategory): ReadonlySet<Account> {
    return this.#excluded.get(category) ?? new Set();
  }

  exclude(category: PrivacyCategory, account: Account, excluded: boolean): void {
    const list = this.#excluded.get(category) ?? new Set();
    if (excluded) list.add(account);
    else list.delete(account);
    this.#excluded.set(category, list);
  }

  toSnapshot(): PrivacySnapshot {
    return {
      values: [...this.#values],
      excluded: [...this.#excluded].map(([category, people]) => [
        category,
        [...people].map(({ phoneNumber }) => phoneNumber),
      ]),
    };
  }

  fromSnapshot({ values, excluded }: PrivacySnapshot, who: FindAccount): void {
    this.#values.clear();
    for (const [category, value] of values) this.#values.set(category, value);
    this.#excluded.clear();
    for (const [category, people] of excluded)
      this.#excluded.set(category, new Set(people.map(who)));
  }

  /** Whether `viewer` may see this. Everybody in the world of a mock server is a contact of everybody else. */
  allows(category: PrivacyCategory, viewer: Account): boolean {
    const value = this.get(category);
    if (value === "none") return false;
    return value !== "contact_blacklist" || !this.excluded(category).has(viewer);
  }
}

/** A short name of a list of people, which changes with it. */
export function listHash(accounts: Iterable<Account>): string {
  const lids = [...accounts].map(({ lid }) => lid).toSorted();
  return createHash("sha256").update(lids.join()).digest("base64").slice(0, 8);
}
