import { type Profiler, Session } from "node:inspector/promises";

/** What a server works on. */
type Part = "phones" | "sockets" | "codec" | "collector" | "rest";

/** Shares of the time it did anything; they add up to 1. */
export type Shares = Readonly<Record<Part, number>>;

const WRITE = /^write(?:v|Buffer|Utf8String|Latin1String)$/;
const PARTS: readonly (readonly [Part, RegExp])[] = [
  ["phones", /\/libsignal\/|\/mock-server\/dist\/phone\//],
  ["sockets", /\/ws\/lib\/|^node:(?:net|_http|internal\/stream)/],
  ["codec", /\/mock-server\/dist\/wire\/|\/WABinary\//],
  ["rest", /\/mock-server\/dist\//],
];

/** Watches what this process spends its CPU time on. */
export class Watch {
  readonly #session = new Session();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.setSamplingInterval", { interval: 200 });
    await this.#session.post("Profiler.start");
  }

  async stop(): Promise<Shares> {
    const { profile } = await this.#session.post("Profiler.stop");
    this.#session.disconnect();
    return sharesIn(profile);
  }
}

function sharesIn({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Shares {
  const parentOf = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  );
  const ownPart = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  // What none of these parts is about belongs to whoever called it.
  const partAt = (id: number): Part | "apart" => {
    for (let at: number | undefined = id; at !== undefined; at = parentOf.get(at)) {
      const part = ownPart.get(at);
      if (part !== undefined) return part;
    }
    return "rest";
  };
  const spent = { phones: 0, sockets: 0, codec: 0, collector: 0, rest: 0 };
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const part = partAt(id);
    if (part === "apart") continue;
    const us = timeDeltas[index] ?? 0;
    spent[part] += us;
    total += us;
  }
  const share = (part: Part): number => spent[part] / total;
  return {
    phones: share("phones"),
    sockets: share("sockets"),
    codec: share("codec"),
    collector: share("collector"),
    rest: share("rest"),
  };
}

function partOf({
  functionName,
  url,
}: {
  functionName: string;
  url: string;
}): Part | "apart" | undefined {
  if (functionName === "(idle)" || url === "node:inspector") return "apart";
  if (functionName === "(garbage collector)") return "collector";
  if (url === "" && WRITE.test(functionName)) return "sockets";
  return PARTS.find(([, pattern]) => pattern.test(url))?.[0];
}
