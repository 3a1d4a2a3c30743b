import type { JournalEntry } from "../journal/entry.ts";
import type { MockServer } from "../mock-server.ts";
import type { Contact } from "../phone/contact.ts";
import type { MockGroup } from "../phone/group.ts";
import type { Phone } from "../phone/phone.ts";
import type { Trace } from "./parse-trace.ts";
import { Renames } from "./renames.ts";
import type { ReplayReport, SkippedMessage } from "./replay.ts";
import { messageFromJson, nodeFromJson } from "./trace-json.ts";
import type { TraceStanza } from "./trace-line.ts";

export interface PerformanceParts {
  readonly server: MockServer;
  readonly trace: Trace;
  readonly phone: Phone;
  /** The user JID, by number, whose client was recorded. */
  readonly recorded: string;
  readonly answers: readonly string[];
  readonly waitForReplies: boolean;
  readonly within: number;
}

/** A message the recorded client wrote, which the live one may write again. */
interface Line {
  readonly recorded: string;
  /** The live chat it goes to. */
  readonly chat: string;
}

/** One replay of one trace. */
export class Performance {
  readonly #parts: PerformanceParts;
  readonly #names = new Renames();
  readonly #people = new Map<string, Contact | Phone>();
  readonly #groups = new Map<string, MockGroup>();
  /** What the client has to have written before anybody can refer to it, oldest first. */
  readonly #lines: Line[] = [];
  readonly #said = new Set<string>();
  readonly #sent: { readonly recorded: string; readonly id: string }[] = [];
  readonly #skipped: SkippedMessage[] = [];
  readonly #start: JournalEntry | undefined;

  constructor(parts: PerformanceParts) {
    this.#parts = parts;
    this.#start = parts.server.journal.entries.at(-1);
  }

  async run(): Promise<ReplayReport> {
    const { trace, recorded } = this.#parts;
    this.#cast();
    this.#answer();
    for (const stanza of trace.stanzas) {
      if (this.#personOf(stanza.device)?.pn !== recorded || stanza.node.tag !== "message") continue;
      if (stanza.dir === "in") await this.#onClientsLine(stanza);
      else await this.#say(stanza);
    }
    return { sent: this.#sent, skipped: this.#skipped };
  }

  /** Everybody and every group gets who plays them here. */
  #cast(): void {
    const { server, trace, phone, recorded } = this.#parts;
    const { people, groups } = trace.header;
    for (const { name, pn, lid } of people) {
      const player = pn === recorded ? phone : server.contact({ name });
      this.#people.set(pn, player);
      this.#people.set(lid, player);
      this.#names.add(pn, player.pn);
      this.#names.add(lid, player.lid);
    }
    for (const { jid, subject, members } of groups) {
      const players = members
        .map((each) => this.#people.get(each))
        .filter((each) => each !== undefined);
      if (!players.includes(phone)) continue;
      const group = server.group({ subject, members: players });
      this.#groups.set(jid, group);
      this.#names.add(jid, group.jid);
    }
  }

  /** Puts a script in place for each recorded answer; the server's scripts answer in the order they were made. */
  #answer(): void {
    const { server, trace, phone, answers, recorded } = this.#parts;
    const requests = new Map<string, TraceStanza>();
    for (const stanza of trace.stanzas) {
      const { attrs, tag } = stanza.node;
      const { id, type, xmlns } = attrs;
      if (tag !== "iq" || id === undefined || this.#personOf(stanza.device)?.pn !== recorded)
        continue;
      const key = `${stanza.conn} ${id}`;
      if (stanza.dir === "in" && xmlns !== undefined && answers.includes(xmlns)) {
        requests.set(key, stanza);
      }
      const request = requests.get(key);
      if (stanza.dir === "in" || request === undefined || type === undefined) continue;
      requests.delete(key);
      const { id: _id, from: _from, t: _t, ...rest } = attrs;
      const { content } = nodeFromJson(this.#names.apply(stanza.node));
      const child = firstChild(request);
      const { type: asked = "get", xmlns: about = "" } = request.node.attrs;
      server
        .on(
          {
            tag: "iq",
            attrs: { xmlns: about, type: asked },
            ...(child === undefined ? {} : { child }),
          },
          { phone },
        )
        .reply({
          tag: "iq",
          attrs: this.#names.apply(rest),
          ...(content === undefined ? {} : { content }),
        });
    }
  }

  async #onClientsLine({ node }: TraceStanza): Promise<void> {
    const { id, to = "" } = node.attrs;
    if (id === undefined || this.#said.has(id)) return;
    this.#said.add(id);
    // What it asks of its own phone, the live client asks when it needs it.
    if (this.#personOf(to)?.pn === this.#parts.recorded) return;
    this.#lines.push({ recorded: id, chat: this.#names.apply(to) });
    if (this.#parts.waitForReplies) await this.#heard(id);
  }

  async #say({ n, node, plain }: TraceStanza): Promise<void> {
    const { id, from = "", participant } = node.attrs;
    // A message comes again after a retry, or when a client comes back.
    if (id === undefined || this.#said.has(id)) return;
    this.#said.add(id);
    const author = this.#playerOf(participant ?? from);
    if (author === undefined || author === this.#parts.phone) {
      this.#skipped.push({ n, why: "own-device" });
      return;
    }
    if (plain === undefined) {
      this.#skipped.push({ n, why: "no-plain" });
      return;
    }
    for (const { recorded } of this.#lines) {
      if (JSON.stringify(plain).includes(JSON.stringify(recorded))) await this.#heard(recorded);
    }
    // The key for the group, which came with it, is the recorded author's.
    const { senderKeyDistributionMessage: _key, ...said } = messageFromJson(
      this.#names.apply(plain),
    );
    const group = this.#groups.get(from);
    const status = participant !== undefined && group === undefined;
    const to = status ? { jid: from } : (group ?? this.#parts.phone);
    const addressing = from.endsWith("@lid") ? "lid" : "pn";
    const sent = await this.#contact(author).send(to, said, { addressing });
    this.#names.add(id, sent.id);
    this.#sent.push({ recorded: id, id: sent.id });
  }

  /** Resolves when the live client has written what the recorded one wrote: the same of its messages to the chat. */
  async #heard(recorded: string): Promise<void> {
    if (this.#names.get(recorded) !== undefined) return;
    const { server, phone, within } = this.#parts;
    const line = this.#lines.find((each) => each.recorded === recorded);
    if (line === undefined) return;
    const toChat = this.#lines.filter(({ chat }) => this.#isSameChat(chat, line.chat));
    const written = new Set<string>();
    const entries = await server.expect(
      ({ tag, direction, attrs }) => {
        const { id = "", to = "" } = attrs;
        const isNew = direction === "in" && tag === "message" && !written.has(id);
        if (!isNew || !this.#isSameChat(to, line.chat)) return false;
        // A resend has the id of what it repeats.
        written.add(id);
        return true;
      },
      {
        count: toChat.indexOf(line) + 1,
        from: phone,
        within,
        ...(this.#start === undefined ? {} : { after: this.#start }),
      },
    );
    this.#names.add(recorded, entries.at(-1)?.attrs["id"] ?? "");
  }

  /** A person is the same by number and by LID. */
  #isSameChat(one: string, other: string): boolean {
    const players = [...this.#people.values()];
    const nameOf = (jid: string): string =>
      players.find(({ pn, lid }) => pn === jid || lid === jid)?.pn ?? jid;
    return nameOf(one) === nameOf(other);
  }

  #contact(player: Contact | Phone): Contact {
    return this.#parts.server.contact({ phoneNumber: player.phoneNumber });
  }

  #playerOf(jid: string): Contact | Phone | undefined {
    return this.#people.get(userJid(jid));
  }

  #personOf(jid: string | undefined): Trace["header"]["people"][number] | undefined {
    if (jid === undefined) return undefined;
    const user = userJid(jid);
    return this.#parts.trace.header.people.find(({ pn, lid }) => pn === user || lid === user);
  }
}

function firstChild({ node }: TraceStanza): string | undefined {
  const { content } = node;
  return Array.isArray(content) ? content[0]?.tag : undefined;
}

function userJid(jid: string): string {
  return jid.replace(/:\d+@/, "@");
}
