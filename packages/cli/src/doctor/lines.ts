import { wrap } from "../terminal/wrap.ts";
import type { Finding, Severity } from "./finding.ts";
import type { ExaminedStore, Examination } from "./run-doctor.ts";

const MARKS: Readonly<Record<Severity, string>> = { error: "✗", warning: "!", notice: "·" };

/** An examination for people. */
export function doctorLines({ machine, findings, stores }: Examination): readonly string[] {
  const { node, platform, sqlite } = machine;
  const driver = sqlite === undefined ? "no SQLite" : `SQLite ${sqlite.version} (${sqlite.driver})`;
  const all = [...findings, ...stores.flatMap((store) => store.findings)];
  return [
    `Node ${node} on ${platform}, ${driver}`,
    ...findings.flatMap((finding) => findingLines(finding)),
    ...stores.flatMap((store) => ["", ...storeLines(store)]),
    ...(stores.length === 0 ? [] : [""]),
    summary(all, stores),
  ];
}

function storeLines({ store, server, findings, sessions }: ExaminedStore): readonly string[] {
  const ofStore = findings.filter(({ sessionId }) => sessionId === undefined);
  return [
    server === undefined ? store : `${store}, ${server}`,
    ...ofStore.flatMap((finding) => findingLines(finding)),
    ...(sessions.length === 0 ? ["  no sessions were looked into"] : []),
    ...sessions.flatMap(({ sessionId, openIn, records, notRead }) => [
      ...wrap(
        records === undefined
          ? `  ${sessionId}: not looked into, ${whyNot(notRead?.code ?? "for no reason")}`
          : `  ${sessionId}: ${records} records and creds read${openIn === undefined ? "" : ` beside ${openIn}, which has it open`}`,
        "    ",
      ),
      ...findings
        .filter((finding) => finding.sessionId === sessionId)
        .flatMap((finding) => findingLines(finding)),
    ]),
  ];
}

function whyNot(code: string): string {
  switch (code) {
    case "AUTH_STORE_IN_USE":
      return "a bot writes to it all the while";
    case "AUTH_STORE_MIGRATED":
      return "its account has moved to another store";
    case "AUTH_STORE_ENCRYPTED":
      return "it is encrypted: name its key (--key-file, --key-env)";
    case "AUTH_STORE_WRONG_KEY":
      return "encrypted under another key: name it with that one";
    case "AUTH_STORE_IMPORTING":
      return "it is half a copy";
    default:
      return code;
  }
}

function findingLines({ id, severity, found, remedy }: Finding): readonly string[] {
  return [
    ...wrap(`  ${MARKS[severity]} ${id}: ${found}`, "    "),
    ...wrap(`      ${remedy}`, "      "),
  ];
}

function summary(findings: readonly Finding[], stores: readonly ExaminedStore[]): string {
  const count = (severity: Severity, word: string): string[] => {
    const found = findings.filter((finding) => finding.severity === severity).length;
    return found === 0 ? [] : [`${found} ${word}${found === 1 ? "" : "s"}`];
  };
  const counts = [...count("error", "error"), ...count("warning", "warning")];
  const notices = count("notice", "notice");
  if (counts.length > 0) return `✗ ${[...counts, ...notices].join(", ")}`;
  const isAll = stores.every(({ sessions }) =>
    sessions.every(({ notRead }) => notRead === undefined),
  );
  const where = isAll ? "" : " in what was looked into";
  return notices.length === 0
    ? `✓ nothing found${where}`
    : `✓ nothing but ${notices.join("")}${where}`;
}
