import type { TraceHeader, TraceLine, TraceStanza } from "@motte/mock-server";

export interface TraceFilter {
  /** Names of stanzas. None lets all pass, as with what follows. */
  readonly tags: readonly string[];
  readonly direction: "in" | "out" | undefined;
  readonly namespaces: readonly string[];
  /** Connections by id, or clients by the number, JID or name of their account. */
  readonly sessions: readonly string[];
}

/** Says of each line of one trace, before anything is taken out of it, whether it passes. */
export function traceFilter(filter: TraceFilter): (line: TraceLine) => boolean {
  const { tags, direction, namespaces, sessions } = filter;
  const onlyStanzas = tags.length > 0 || direction !== undefined || namespaces.length > 0;
  const passed = new Set<number>();
  const chosen = new Set(sessions);
  // What somebody is called may stand for the account; and a client for its connection's events.
  let header: TraceHeader | undefined;

  const suits = (stanza: TraceStanza): boolean => {
    const { dir, node, device, conn } = stanza;
    if (sessions.length > 0 && isOf(header, chosen, device)) chosen.add(conn);
    return (
      (tags.length === 0 || tags.includes(node.tag)) &&
      (direction === undefined || direction === dir) &&
      (namespaces.length === 0 || namespaces.includes(node.attrs["xmlns"] ?? "")) &&
      (sessions.length === 0 || chosen.has(conn))
    );
  };

  return (line) => {
    if ("trace" in line) {
      header = line;
      return true;
    }
    if ("node" in line) {
      if (!suits(line)) return false;
      passed.add(line.n);
      return true;
    }
    if ("of" in line) return passed.has(line.of);
    if ("lost" in line) return true;
    if (onlyStanzas) return false;
    return sessions.length === 0 || ("conn" in line && chosen.has(line.conn ?? ""));
  };
}

function isOf(
  header: TraceHeader | undefined,
  chosen: ReadonlySet<string>,
  device: string | undefined,
): boolean {
  if (device === undefined) return false;
  const user = device.replace(/:\d+@/, "@");
  const person = header?.people.find(({ pn, lid }) => pn === user || lid === user);
  const names = [
    device,
    user,
    ...(person === undefined ? [] : [person.name, person.pn, person.lid]),
  ];
  return names.some((name) => chosen.has(name) || chosen.has(name.split("@")[0] ?? ""));
}
