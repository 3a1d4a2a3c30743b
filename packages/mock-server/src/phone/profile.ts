import { UsageError } from "@motte/core/errors";
import { notifyAccountSync } from "../news/account-sync.ts";
import type { ServerContext } from "../context.ts";
import { blocklistChange } from "../handlers/blocklist.ts";
import { setDisappearingMode } from "../handlers/disappearing-mode.ts";
import { setAbout } from "../handlers/status-text.ts";
import { node } from "../replies.ts";
import type { Account } from "../world/account.ts";
import { type PrivacyCategory, isPrivacyCategory, isPrivacyValue } from "../world/privacy.ts";
import type { BusinessProfile } from "../world/settings.ts";

/** What a person shows of themselves, and to whom. Changes are made as on the person's phone: clients hear of them. */
export class Profile {
  readonly #account: Account;
  readonly #context: ServerContext;

  /** @internal */
  constructor(account: Account, context: ServerContext) {
    this.#account = account;
    this.#context = context;
  }

  /** The line below the name. */
  get about(): string {
    return this.#account.settings.about.text;
  }

  setAbout(text: string): void {
    setAbout(this.#context, this.#account, text);
  }

  /** How long messages stay in chats this person starts, in seconds; 0 for good. */
  get disappearingSeconds(): number {
    return this.#account.settings.disappearingMode.seconds;
  }

  setDisappearingSeconds(seconds: number): void {
    setDisappearingMode(this.#context, this.#account, seconds);
  }

  privacy(category: PrivacyCategory): string {
    return this.#account.settings.privacy.get(category);
  }

  /** As WhatsApp names both, like `setPrivacy("last", "none")`. Throws a `UsageError` for what it does not know. */
  setPrivacy(category: PrivacyCategory, value: string): void {
    if (!isPrivacyCategory(category) || !isPrivacyValue(category, value)) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `WhatsApp has no privacy setting ${category}="${value}"`,
      );
    }
    this.#account.settings.privacy.set(category, value);
    const change = node("privacy", {}, [node("category", { name: category, value })]);
    notifyAccountSync(this.#context, this.#account, change);
  }

  hasBlocked(person: { readonly phoneNumber: string }): boolean {
    const other = this.#context.world.byPhoneNumber(person.phoneNumber);
    return other !== undefined && this.#account.settings.blocklist.has(other);
  }

  /** Nothing the person sends arrives any more. */
  block(person: { readonly phoneNumber: string }): void {
    this.#setBlocked(person.phoneNumber, true);
  }

  unblock(person: { readonly phoneNumber: string }): void {
    this.#setBlocked(person.phoneNumber, false);
  }

  /** What `getBusinessProfile` shows; `undefined` for an ordinary person. */
  get business(): BusinessProfile | undefined {
    return this.#account.settings.business;
  }

  /** Makes a business account of it, or an ordinary one again. */
  setBusiness(business: BusinessProfile | undefined): void {
    this.#account.settings.business = business;
  }

  #setBlocked(phoneNumber: string, blocked: boolean): void {
    const other = this.#context.world.byPhoneNumber(phoneNumber);
    const { blocklist } = this.#account.settings;
    const before = blocklist.hash;
    if (other === undefined || !blocklist.set(other, blocked)) return;
    notifyAccountSync(this.#context, this.#account, blocklistChange(this.#account, other, before));
  }
}
