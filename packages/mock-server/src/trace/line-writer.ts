import type { JournalEntry } from "../journal/entry.ts";
import type { JournalEvent } from "../journal/journal-event.ts";
import type { Journal } from "../journal/journal.ts";
import type { Account } from "../world/account.ts";
import type { World } from "../world/world.ts";
import { Redactor } from "./redactor.ts";
import { messageToJson, nodeToJson } from "./trace-json.ts";
import {
  TRACE_VERSION,
  type TraceEvent,
  type TraceGap,
  type TraceHeader,
  type TraceLine,
  type TraceStanza,
} from "./trace-line.ts";

export interface LineWriterParts {
  readonly journal: Journal;
  readonly whose: (jid: string) => Account | undefined;
  readonly redact: boolean;
}

/** How many messages of a trace are remembered whose content nobody has decrypted yet. */
const MAX_UNREAD = 1_000;

/** Makes the lines of one trace, numbered and redacted alike. */
export class LineWriter {
  readonly #journal: Journal;
  readonly #redactor: Redactor | undefined;
  /** Messages without their content, by id: their lines and entries. */
  readonly #unread = new Map<string, { readonly n: number; readonly entry: JournalEntry }[]>();
  #n = 0;

  constructor({ journal, whose, redact }: LineWriterParts) {
    this.#journal = journal;
    this.#redactor = redact ? new Redactor(whose) : undefined;
  }

  header({ accounts, groups }: World): TraceHeader {
    return {
      trace: "motte",
      version: TRACE_VERSION,
      redacted: this.#redactor !== undefined,
      people: accounts.map(({ name, pn, lid }) => ({
        name: this.#text(name),
        pn: this.#jid(pn),
        lid: this.#jid(lid),
      })),
      groups: groups.all.map(({ jid, subject, members }) => ({
        jid: this.#jid(jid),
        subject: this.#text(subject.text),
        members: members.map(({ account }) => this.#jid(account.lid)),
      })),
    };
  }

  gap(lost: number): TraceGap {
    return { n: ++this.#n, lost };
  }

  /** `undefined` for what says nothing new. */
  async line(
    item: JournalEntry | JournalEvent | { readonly plainOf: string },
  ): Promise<TraceLine | undefined> {
    if ("plainOf" in item) return this.#latePlain(item.plainOf);
    return "type" in item ? this.#event(item) : this.#stanza(item);
  }

  async #stanza(entry: JournalEntry): Promise<TraceStanza> {
    const { at, connection, device, direction, bytes, compressed, node, note, fault } = entry;
    const n = ++this.#n;
    const plain = await this.#plainOf(entry);
    if (plain === undefined && entry.tag === "message") this.#remember(n, entry);
    return {
      n,
      ts: at,
      conn: connection,
      ...(device === undefined ? {} : { device: this.#jid(device) }),
      dir: direction,
      ...(bytes === undefined ? {} : { bytes }),
      compressed,
      node: this.#redactor?.node(node) ?? nodeToJson(node),
      ...(plain === undefined ? {} : { plain }),
      ...(fault === undefined ? {} : { fault }),
      ...(note === undefined ? {} : { note: this.#redactor?.note(note) ?? note }),
    };
  }

  #event({ after: _after, at, type, ...event }: JournalEvent): TraceEvent {
    const { connection, ...rest } = { connection: undefined, ...event };
    const conn = connection === undefined ? {} : { conn: connection };
    const path =
      this.#redactor !== undefined && "path" in rest
        ? { path: this.#redactor.path(rest.path) }
        : {};
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The fields of one event, under their names in a trace.
    return { n: ++this.#n, ts: at, event: type, ...conn, ...rest, ...path } as TraceEvent;
  }

  async #latePlain(id: string): Promise<TraceLine | undefined> {
    const [message, ...others] = this.#unread.get(id) ?? [];
    if (message === undefined) return undefined;
    const plain = await this.#plainOf(message.entry);
    if (plain === undefined) return undefined;
    if (others.length === 0) this.#unread.delete(id);
    else this.#unread.set(id, others);
    return { n: ++this.#n, of: message.n, plain };
  }

  async #plainOf(entry: JournalEntry): Promise<TraceStanza["plain"]> {
    const plain = await this.#journal.plain(entry);
    if (plain === undefined) return undefined;
    return this.#redactor?.message(plain) ?? messageToJson(plain);
  }

  #remember(n: number, entry: JournalEntry): void {
    const { id = "" } = entry.attrs;
    this.#unread.set(id, [...(this.#unread.get(id) ?? []), { n, entry }]);
    if (this.#unread.size <= MAX_UNREAD) return;
    for (const oldest of this.#unread.keys()) {
      this.#unread.delete(oldest);
      break;
    }
  }

  #jid(jid: string): string {
    return this.#redactor?.jid(jid) ?? jid;
  }

  #text(text: string): string {
    return this.#redactor?.text(text) ?? text;
  }
}
