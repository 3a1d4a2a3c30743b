import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import type { ServerContext } from "../context.ts";
import { sendGroupedReceipt } from "../news/grouped-receipts.ts";
import { removePicture, setPicture } from "../news/profile-pictures.ts";
import type { Account } from "../world/account.ts";
import type { GroupRole } from "../world/group-members.ts";
import type { MemberOutcomes } from "../world/group-outcomes.ts";
import { GroupRefusal } from "../world/group-refusal.ts";
import type { GroupSettings } from "../world/group-settings.ts";
import type { Group } from "../world/group.ts";
import type { ReceivedMessage } from "./inbox.ts";
import type { Person } from "./person.ts";

/** Who does it, which the group's rules look at and its news tell. */
export interface GroupActOptions {
  /** @defaultValue who made the group */
  readonly by?: Person;
}

/** What people did with a message. */
export interface ConfirmOptions {
  /** What they have done besides getting it. @defaultValue nothing */
  readonly type?: "read" | "played";
}

/** One person in a group. */
export interface MockGroupMember {
  /** The name of the person. */
  readonly name: string;
  /** Digits with country code. */
  readonly phoneNumber: string;
  /** The user JID on the phone-number server. */
  readonly pn: string;
  /** The same user under the hidden id. */
  readonly lid: string;
  /** What the person may do. */
  readonly role: GroupRole;
}

/** Lets one person into a group: the fields of a `groupInviteMessage`. */
export interface MockInvitation {
  /** What lets the person in. */
  readonly code: string;
  /** Seconds since the epoch. */
  readonly expiration: number;
}

export interface MockGroupParts {
  readonly group: Group;
  readonly context: ServerContext;
}

/**
 * A group, as a test sees and changes it. Whatever is done here reaches clients as if that person had done it in
 * the app, and throws `MOCK_GROUP_REFUSED` when the person may not.
 */
export class MockGroup {
  readonly #group: Group;
  readonly #context: ServerContext;

  /** @internal */
  constructor({ group, context }: MockGroupParts) {
    this.#group = group;
    this.#context = context;
  }

  /** Ends in `@g.us`. */
  get jid(): string {
    return this.#group.jid;
  }

  get subject(): string {
    return this.#group.subject.text;
  }

  get description(): string | undefined {
    return this.#group.description?.text;
  }

  get settings(): GroupSettings {
    return this.#group.settings;
  }

  /** Longest-standing first. */
  get members(): readonly MockGroupMember[] {
    return this.#group.members.map(({ account, role }) => ({ ...named(account), role }));
  }

  /** People who wait for an admin to let them in, by LID. */
  get joinRequests(): readonly string[] {
    return this.#group.door.requests.map(({ account }) => account.lid);
  }

  /** What follows `https://chat.whatsapp.com/` in the invite link. */
  get inviteCode(): string {
    return this.#group.door.linkCode;
  }

  /** What the person is in the group; `undefined` for one who is not in it. */
  role(person: Person): GroupRole | undefined {
    return this.#group.role(this.#accountOf(person));
  }

  add(people: Person | readonly Person[], options?: GroupActOptions): void {
    this.#each("add", people, options);
  }

  remove(people: Person | readonly Person[], options?: GroupActOptions): void {
    this.#each("remove", people, options);
  }

  promote(people: Person | readonly Person[], options?: GroupActOptions): void {
    this.#each("promote", people, options);
  }

  demote(people: Person | readonly Person[], options?: GroupActOptions): void {
    this.#each("demote", people, options);
  }

  leave(person: Person): void {
    this.#group.membership.leave(this.#accountOf(person));
  }

  setSubject(text: string, options?: GroupActOptions): void {
    this.#group.rename(this.#by(options), text);
  }

  /** Gives the group a picture, a JPEG as it is. Anybody's, whatever its settings. */
  setPicture(image: Uint8Array, options?: GroupActOptions): void {
    setPicture(this.#context, this.#group, { image }, { author: this.#by(options) });
  }

  removePicture(options?: GroupActOptions): void {
    removePicture(this.#context, this.#group, { author: this.#by(options) });
  }

  /** Without a text the group has no description any more. */
  setDescription(text: string | undefined, options?: GroupActOptions): void {
    const by = this.#by(options);
    const id = this.#context.nextId();
    this.#group.describe(by, { id, text, prev: this.#group.description?.id });
  }

  /** Changes the settings named and leaves the others as they are. */
  setSettings(settings: Partial<GroupSettings>, options?: GroupActOptions): void {
    assertKnownOptions("group.setSettings", settings, Object.keys(this.settings));
    this.#group.configure(this.#by(options), settings);
  }

  /** Makes a new invite link; who has the old one gets the error 410. */
  resetInviteCode(options?: GroupActOptions): void {
    this.#group.door.resetLink(this.#by(options));
  }

  /** Comes in by the invite link: at once, or when an admin agrees where the group wants that. */
  join(person: Person): "joined" | "waiting" {
    return this.#group.door.join(this.#accountOf(person), "invite");
  }

  /** Makes an invitation for one person, as it travels in a `groupInviteMessage`. */
  invite(person: Person, options?: GroupActOptions): MockInvitation {
    const { code, expiration } = this.#group.door.invite(
      this.#by(options),
      this.#accountOf(person),
    );
    return { code, expiration };
  }

  /** Puts a request before the admins, as somebody with the link does where the group wants approval. */
  requestToJoin(person: Person): void {
    this.#group.door.request(this.#accountOf(person), "invite_link");
  }

  /** Takes the own request back. */
  cancelRequest(person: Person): void {
    this.#group.door.withdraw(this.#accountOf(person));
  }

  approve(people: Person | readonly Person[], options?: GroupActOptions): void {
    const { door } = this.#group;
    throwRefused("approve", door.approve(this.#by(options), this.#accountsOf(people)));
  }

  reject(people: Person | readonly Person[], options?: GroupActOptions): void {
    const { door } = this.#group;
    throwRefused("reject", door.reject(this.#by(options), this.#accountsOf(people)));
  }

  /**
   * Says in one stanza that these people have got a message of the group, as the server may when they are many, or
   * with `type: "read"` that they have read it. Throws `MOCK_GROUP_REFUSED` when one of them is not in the group.
   */
  confirm(
    message: Pick<ReceivedMessage, "id" | "from">,
    people: Person | readonly Person[],
    options: ConfirmOptions = {},
  ): void {
    assertKnownOptions("group.confirm", options, ["type"]);
    const readers = this.#accountsOf(people);
    if (readers.some((reader) => !this.#group.has(reader))) {
      throw new GroupRefusal(403, "Only members get the messages of a group");
    }
    const author = this.#context.world.resolve(message.from)?.account;
    if (author === undefined) throw fromElsewhere();
    const receipt = { group: this.jid, messageId: message.id, author, readers, ...options };
    sendGroupedReceipt(receipt, this.#context);
  }

  #each(
    act: "add" | "remove" | "promote" | "demote",
    people: Person | readonly Person[],
    options: GroupActOptions | undefined,
  ): void {
    throwRefused(act, this.#group.membership[act](this.#by(options), this.#accountsOf(people)));
  }

  #by(options: GroupActOptions = {}): Account {
    assertKnownOptions("group", options, ["by"]);
    return options.by === undefined ? this.#group.creator : this.#accountOf(options.by);
  }

  #accountsOf(people: Person | readonly Person[]): readonly Account[] {
    return [people].flat().map((person) => this.#accountOf(person));
  }

  #accountOf(person: Person): Account {
    return accountOf(person, this.#context);
  }
}

/** @internal */
export function accountOf({ phoneNumber }: Person, { world }: ServerContext): Account {
  const account = world.byPhoneNumber(phoneNumber);
  if (account === undefined) throw fromElsewhere();
  return account;
}

function fromElsewhere(): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    "This person belongs to another server: take people from the phone() and contact() of the one with the group",
  );
}

/** The others are done; this is about the first who could not be. */
function throwRefused(act: string, outcomes: MemberOutcomes): void {
  for (const { status } of outcomes.values()) {
    if (status !== 200)
      throw new GroupRefusal(status, `Not everybody could be dealt with (${act})`);
  }
}

function named({ name, phoneNumber, pn, lid }: Account): Omit<MockGroupMember, "role"> {
  return { name, phoneNumber, pn, lid };
}
