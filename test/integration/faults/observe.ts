import type { MockServer } from "@motte/mock-server";
import type { FaultCase } from "./fault-case.ts";
import { FaultStage } from "./fault-stage.ts";
import { patiently } from "./patience.ts";
import { takeRejections } from "./rejections.ts";
import type { WatchedClient } from "./watched-client.ts";

const HANG_MS = 7_000;
const PROBE_MS = 1_500;
const MOST_CONNECTIONS = 4;

const ordinals = ["", "next", "second", "third", "fourth"];

/** Plays one case with real Baileys, and says in a sentence what it was seen to do. */
export async function observe(each: FaultCase): Promise<string> {
  const { fault, settings, while: provocation, hangMs = HANG_MS } = each;
  await using stage = await FaultStage.start(each.client, each.server);
  const { from = "online" } = provocation;
  if (from !== "unlinked") await stage.link();
  if (from === "linked") await stage.client.dispose();
  await takeRejections();

  const made = await each.stageSettings?.make(stage);
  const since = stage.server.journal.entries.length;
  const rule = stage.server.fault<typeof fault>(fault, { ...settings, ...made });
  const told = await provocation.act(stage, rule).catch((error: unknown) => rejected(error));
  const first = await outcome(stage, patiently(hangMs));
  if (rule.fired === 0) throw new Error(`${fault} did not fire; the client ${first.words}`);
  const left = await takeRejections();
  const afterwards = first.closed ? await nextConnections(each, stage, first.words, rule) : "";
  const clauses = [
    told ?? "",
    first.words,
    retries(stage.server, since),
    ...rejectionWords(left, each.mayReject),
    afterwards,
  ];
  const late = (await takeRejections()).filter((text) => !each.mayReject?.includes(text));
  if (late.length > 0) clauses.push(...rejectionWords(late, []));
  return clauses.filter((clause) => clause !== "").join("; ");
}

interface Outcome {
  readonly words: string;
  readonly closed?: boolean;
  readonly works?: boolean;
}

/** What became of the socket: it works, it closes, or neither for `hangMs`. */
async function outcome(stage: FaultStage, hangMs: number): Promise<Outcome> {
  const { client } = stage;
  const settled = (): boolean => client.ending !== undefined || client.opened;
  const shows = (): boolean => settled() || client.qr !== undefined;
  if (!(await client.becomes(shows, hangMs))) return { words: "hangs, neither open nor closed" };
  if (!settled()) {
    // A QR code says that the connection works; but it may end yet.
    await client.becomes(settled, patiently(PROBE_MS));
    if (!settled()) return { works: true, words: "shows a QR code" };
  }
  if (client.ending !== undefined) return closing(client);
  const [sends, hears] = await Promise.all([canSend(stage), canHear(stage)]);
  if (client.ending === undefined && sends && hears) return { works: true, words: "works on" };
  if (await client.becomes(() => client.ending !== undefined, hangMs)) return closing(client);
  if (sends) return { words: "stays open, but hears nothing any more" };
  if (hears) return { words: "stays open, but what it sends is lost" };
  return { words: "stays open, but nothing comes through either way" };
}

function closing({ ending }: WatchedClient): Outcome {
  return { closed: true, words: `closes with ${errorWords(ending?.error)}` };
}

async function canSend({ client, contact }: FaultStage): Promise<boolean> {
  const text = "does this arrive?";
  const sent = client.sock.sendMessage(contact.pn, { text }).then(
    () => true,
    () => false,
  );
  const ended = client
    .becomes(() => client.ending !== undefined, patiently(PROBE_MS))
    .then(() => false);
  if (!(await Promise.race([sent, ended]))) return false;
  return arrives(contact, text);
}

/** Whether it arrives among the others, as which come those from before. */
async function arrives(contact: FaultStage["contact"], text: string): Promise<boolean> {
  for (;;) {
    const received = await contact
      .receive({ timeoutMs: patiently(PROBE_MS) })
      .catch(() => undefined);
    if (received === undefined) return false;
    if (received.text === text) return true;
  }
}

async function canHear({ client, contact, phone }: FaultStage): Promise<boolean> {
  const text = "and this?";
  await contact.say(phone, text);
  const settled = (): boolean => client.texts.includes(text) || client.ending !== undefined;
  await client.becomes(settled, patiently(PROBE_MS));
  return client.texts.includes(text);
}

/** Connects again on the same login, as a program around Baileys would, until that works. */
async function nextConnections(
  { beforeNext, hangMs = HANG_MS }: FaultCase,
  stage: FaultStage,
  firstWords: string,
  rule: Parameters<NonNullable<FaultCase["beforeNext"]>>[1],
): Promise<string> {
  await beforeNext?.(stage, rule);
  for (let attempt = 1; attempt <= MOST_CONNECTIONS; attempt++) {
    await stage.connect();
    const { words, works } = await outcome(stage, patiently(hangMs));
    if (works) return `the ${ordinals[attempt]} connection ${words.replace("works on", "works")}`;
    if (words !== firstWords) return `the ${ordinals[attempt]} connection ${words}`;
  }
  return "so do the next connections";
}

function retries(server: MockServer, since: number): string {
  const asked = server.journal.entries
    .slice(since)
    .some(
      ({ direction, tag, attrs }) =>
        direction === "in" && tag === "receipt" && attrs["type"] === "retry",
    );
  return asked ? "sends a retry receipt" : "";
}

function rejectionWords(left: readonly string[], mayReject: readonly string[] = []): string[] {
  const always = left.filter((text) => !mayReject.includes(text));
  return [
    ...always.map((text) => `leaves an unhandled rejection "${oneLine(text)}"`),
    ...mayReject.map((text) => `may leave an unhandled rejection "${oneLine(text)}"`),
  ];
}

function rejected(error: unknown): string {
  return `the call rejects with ${errorWords(error)}`;
}

/** The status code, if there is one, and the message. */
export function errorWords(error: unknown): string {
  if (error === undefined) return "no error";
  if (!(error instanceof Error)) return JSON.stringify(error);
  const code = "output" in error ? statusOf(error.output) : undefined;
  return `${code ?? "no code"} "${oneLine(error.message)}"`;
}

function statusOf(output: unknown): number | undefined {
  if (typeof output !== "object" || output === null || !("statusCode" in output)) return undefined;
  return typeof output.statusCode === "number" ? output.statusCode : undefined;
}

/** Ports differ from run to run, and later versions of Node add advice to what OpenSSL says. */
function oneLine(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:…")
    .replace(/; if the root CA is installed locally[^)]*/, "")
    .replace(/\s+/g, " ")
    .trim();
}
