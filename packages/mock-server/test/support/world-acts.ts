import { MotteError } from "@motte/core/errors";
import type { Contact, MockGroup, MockServer, Person, Phone } from "@motte/mock-server";
import * as fc from "fast-check";

/** One thing that happens in the world of a server; the numbers choose who does it, and to whom. */
export interface Act {
  readonly name: keyof typeof acts;
  readonly a: number;
  readonly b: number;
  readonly n: number;
}

interface Stage {
  readonly server: MockServer;
  readonly phone: Phone;
  readonly one: Contact;
  readonly other: Contact;
  readonly group: MockGroup;
  readonly n: number;
}

const NAMES = ["Ana", "Ben", "Cy", "Dee"] as const;

const acts = {
  say: ({ one, other, n }: Stage) => one.say(other, `text ${n}`),
  sayToPhone: ({ one, phone, n }: Stage) => one.say(phone, `text ${n}`, { addressing: "lid" }),
  sayToGroup: ({ one, group, n }: Stage) => one.say(group, `text ${n}`),
  sayFromLinked: ({ one, other, n }: Stage) =>
    (one.devices[n % 2] ?? one.linkDevice()).say(other, `from elsewhere ${n}`),
  react: ({ one }: Stage) => one.react(one.messages.at(-1)?.id ?? "none", "👍"),
  poll: ({ one, other }: Stage) => one.poll(other, { question: "?", options: ["a", "b"] }),
  take: ({ other }: Stage) => other.receive({ timeoutMs: 1 }),
  read: ({ one }: Stage) => one.read(one.messages.at(-1)?.id ?? "none"),
  forgetMessage: ({ one }: Stage) => one.askAgain(one.messages.at(-1)?.id ?? "none"),
  linkDevice: ({ one }: Stage) => void one.linkDevice(),
  unlinkDevice: ({ one }: Stage) => one.devices[0]?.unlink(),
  reinstall: ({ one }: Stage) => one.reinstall(),
  restrict: ({ one, n }: Stage) => one.restrict(n % 2 === 0),
  presence: ({ one, n }: Stage) => one.presence(n % 2 === 0 ? "available" : "unavailable"),
  typing: ({ one, phone }: Stage) => one.typing(phone),
  call: ({ one, phone }: Stage) => void one.call(phone),
  newGroup: ({ server, one, other, n }: Stage) =>
    void server.group({ subject: `group ${n}`, members: [one, other], description: "what for" }),
  newCommunity: ({ server, one, other, group, n }: Stage) => {
    const community = server.community({ subject: `community ${n}`, members: [one, other] });
    community.link(group, { by: one });
  },
  addToGroup: ({ group, one, other }: Stage) => group.add(other, { by: one }),
  removeFromGroup: ({ group, one, other }: Stage) => group.remove(other, { by: one }),
  promote: ({ group, one, other }: Stage) => group.promote(other, { by: one }),
  leave: ({ group, one }: Stage) => group.leave(one),
  groupSettings: ({ group, one, n }: Stage) =>
    group.setSettings({ joinApproval: n % 2 === 0, announce: n % 3 === 0 }, { by: one }),
  subject: ({ group, one, n }: Stage) => group.setSubject(`subject ${n}`, { by: one }),
  describe: ({ group, one, n }: Stage) =>
    group.setDescription(n % 3 === 0 ? undefined : `description ${n}`, { by: one }),
  resetLink: ({ group, one }: Stage) => group.resetInviteCode({ by: one }),
  join: ({ group, other }: Stage) => void group.join(other),
  requestToJoin: ({ group, other }: Stage) => group.requestToJoin(other),
  invite: ({ group, one, other }: Stage) => void group.invite(other, { by: one }),
  groupPicture: ({ group, n }: Stage) => group.setPicture(Buffer.from(`picture of a group ${n}`)),
  newNewsletter: ({ server, one, n }: Stage) =>
    void server.newsletter({ name: `news ${n}`, owner: one, description: "daily" }),
  post: ({ server, n }: Stage) => void server.newsletters[0]?.post(`post ${n}`),
  reactToPost: ({ server, one }: Stage) => {
    const [newsletter] = server.newsletters;
    newsletter?.react(one, newsletter.posts[0]?.serverId ?? "0", "🎉");
  },
  follow: ({ server, other }: Stage) => server.newsletters[0]?.follow(other),
  promoteEditor: ({ server, other }: Stage) => server.newsletters[0]?.promote(other),
  picture: ({ one, n }: Stage) =>
    one.setPicture(Buffer.from(`picture ${n}`), { visibleTo: "nobody" }),
  removePicture: ({ one }: Stage) => one.removePicture(),
  about: ({ one, n }: Stage) => one.profile.setAbout(`about ${n}`),
  disappear: ({ one, n }: Stage) => one.profile.setDisappearingSeconds(n),
  privacy: ({ one, n }: Stage) => one.profile.setPrivacy("last", n % 2 === 0 ? "none" : "all"),
  block: ({ one, other }: Stage) => one.profile.block(other),
  unblock: ({ one, other }: Stage) => one.profile.unblock(other),
  business: ({ one, n }: Stage) =>
    one.profile.setBusiness(n % 2 === 0 ? { description: `shop ${n}` } : undefined),
  setting: ({ phone, one, n }: Stage) => phone.appState.pin(one, n % 2 === 0),
  saveContact: ({ phone, one, n }: Stage) => phone.appState.saveContact(one, `Friend ${n}`),
  removeSetting: ({ phone, one }: Stage) => phone.appState.remove("pin_v1", one.pn),
  rotate: ({ phone }: Stage) => phone.appState.rotateKey(),
  history: ({ phone, one, n }: Stage) =>
    void phone.history.chat(one, { unreadCount: n }).message({ text: `old ${n}`, depth: "full" }),
  historyStatus: ({ phone, one, n }: Stage) => phone.history.status(one, `status ${n}`),
  historyNames: ({ phone, n }: Stage) =>
    phone.history.include("PUSH_NAME", { pushnames: [{ id: `${n}`, pushname: "x" }] }),
  historyAsFiles: ({ phone, n }: Stage) =>
    phone.history.configure({ transport: n % 2 === 0 ? "file" : "inline", bootstrapMessages: n }),
  timelock: ({ phone, n }: Stage) =>
    phone.setTimelock({ endsAt: n * 1_000, enforcementType: "BIZ_QUALITY" }),
  capping: ({ phone, n }: Stage) =>
    phone.setCapping({ totalQuota: 100, usedQuota: n, status: "FIRST_WARNING" }),
  dirty: ({ phone }: Stage) => phone.markDirty("groups"),
  props: ({ server, n }: Stage) => server.props.set(n, true),
  media: ({ server, n }: Stage) => void server.media.image(Buffer.from(`image ${n}`)),
  expireMedia: ({ server }: Stage) => server.media.expire(server.media.image(Buffer.from("old"))),
  revokeUploads: ({ server }: Stage) => server.media.revokeUploads(),
  pass: ({ server, n }: Stage) => server.clock.advance(n * 60_000),
  goBack: ({ server, n }: Stage) => server.clock.set(server.clock.now() - n * 1_000),
} satisfies Record<string, (stage: Stage) => unknown>;

/** Every act there is. */
export const actNames: readonly Act["name"][] = namesOf(acts);

const nat = (max: number): fc.Arbitrary<number> => fc.nat(max);

export const anyAct: fc.Arbitrary<Act> = fc.record({
  name: fc.constantFrom(...actNames),
  a: nat(NAMES.length - 1),
  b: nat(NAMES.length - 1),
  n: nat(50),
});

/** Does what the act says, or what comes of it in a world where it cannot be done. */
export async function perform({ name, a, b, n }: Act, server: MockServer): Promise<void> {
  const one = server.contact({ name: NAMES[a] ?? "Ana" });
  const other = server.contact({ name: NAMES[b] ?? "Ana" });
  const phone = server.phone({ name: "bot" });
  const group = server.groups[n % 3] ?? newGroup(server, [one, other, phone]);
  try {
    await acts[name]({ server, phone, one, other, group, n });
  } catch (error) {
    // A refusal of the world's rules: nobody in that group, no such message, and the like.
    if (!(error instanceof MotteError)) throw error;
  }
}

function newGroup(server: MockServer, members: readonly Person[]): MockGroup {
  return server.group({ subject: "us", members: [...new Set(members)] });
}

function namesOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  // The keys of a literal that nothing was added to.
  return Object.keys(record) as K[];
}
