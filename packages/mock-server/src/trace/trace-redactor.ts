import type { Named } from "./pseudonyms.ts";
import { Redactor } from "./redactor.ts";
import { messageFromJson, nodeFromJson } from "./trace-json.ts";
import type { TraceLine } from "./trace-line.ts";

/**
 * Takes out of a trace that was written with `redact: false` what nobody else may read, as the server does for one that
 * it writes: line by line, the same pseudonym for the same thing. The header comes first; who is not in it is a `user`.
 */
export class TraceRedactor {
  readonly #people = new Map<string, Named>();
  readonly #redactor: Redactor = new Redactor((jid) => this.#people.get(jid.replace(/:\d+@/, "@")));

  /** The line without secrets. One of a trace that is redacted stays as it is. */
  line(line: TraceLine): TraceLine {
    const redactor = this.#redactor;
    if ("trace" in line) {
      if (line.redacted) return line;
      for (const { pn, lid } of line.people) {
        const person = { phoneNumber: pn };
        this.#people.set(pn, person);
        this.#people.set(lid, person);
      }
      return {
        ...line,
        redacted: true,
        people: line.people.map(({ name, pn, lid }) => ({
          name: redactor.text(name),
          pn: redactor.jid(pn),
          lid: redactor.jid(lid),
        })),
        groups: line.groups.map(({ jid, subject, members }) => ({
          jid: redactor.jid(jid),
          subject: redactor.text(subject),
          members: members.map((each) => redactor.jid(each)),
        })),
      };
    }
    if ("node" in line) {
      const { device, node, plain, note } = line;
      return {
        ...line,
        ...(device === undefined ? {} : { device: redactor.jid(device) }),
        node: redactor.node(nodeFromJson(node)),
        ...(plain === undefined ? {} : { plain: redactor.message(messageFromJson(plain)) }),
        ...(note === undefined ? {} : { note: redactor.note(note) }),
      };
    }
    if ("of" in line) return { ...line, plain: redactor.message(messageFromJson(line.plain)) };
    if ("event" in line && line.event === "http") {
      return { ...line, path: redactor.path(line.path) };
    }
    return line;
  }
}
