import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { MockServer, type TraceLine, type TraceStanza, parseTrace } from "@motte/mock-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { within } from "../support/bot.ts";
import { stageWithLinkedBot } from "../support/linked-bot.ts";
import { type MotteRun, runMotte, startMotte } from "../support/run-motte.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const SECRET = "meet me at the old mill";
let folder: TemporaryFolder;
let stage: Awaited<ReturnType<typeof stageWithLinkedBot>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  stage = await stageWithLinkedBot();
  const { contact, phone, bot } = stage;
  const sock = await bot.open();
  const { id } = await contact.say(phone, SECRET);
  await contact.delivered(id);
  await sock.sendMessage(contact.pn, { text: SECRET });
  await contact.receive();
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const trace = (...args: string[]): Promise<MotteRun> =>
  runMotte(["trace", stage.server.url, "--no-follow", ...args]);

const stanzasIn = ({ out }: MotteRun): TraceStanza[] =>
  out.map((line) => JSON.parse(line) as TraceLine).filter((line) => "node" in line);

describe("motte trace of a running server", () => {
  test("hides numbers, names and texts, and still tells who is who", async () => {
    const { code, out, error } = await trace();
    const text = out.join("\n");

    expect(error).toEqual([]);
    expect(code).toBe(0);
    expect(out[0]).toMatch(/^trace with 2 people and 0 groups; .* are hidden$/);
    expect(text).toMatch(/S> <message [^>]*from="person\d@/);
    expect(text).toContain('[conversation "text');
    expect(text).toMatch(/ -- closed|-- secured/);
    const { phone, contact } = stage;
    for (const secret of [SECRET, phone.phoneNumber, contact.phoneNumber, contact.lid]) {
      expect(text).not.toContain(secret);
    }
    expect(out.filter((line) => line.length > 80 && line.includes(" ", 14))).toEqual([]);
  });

  test("--show shows them", async () => {
    const { out } = await trace("--show", "--tag", "message");
    expect(out.join(" ").replaceAll(/\s+/g, " ")).toContain(SECRET);
    expect(out.join("\n")).toContain(stage.contact.phoneNumber);
  });

  test("--json is a trace that can be read back, filtered or not", async () => {
    const whole = await trace("--json");
    const { stanzas, header } = parseTrace(`${whole.out.join("\n")}\n`);
    expect(header.redacted).toBe(true);
    expect(stanzas.length).toBeGreaterThan(10);
    expect(whole.out.join("")).not.toContain(SECRET);

    const some = await trace("--json", "--show", "--tag", "message", "--direction", "out");
    const messages = parseTrace(`${some.out.join("\n")}\n`);
    expect(messages.header.redacted).toBe(false);
    expect(messages.stanzas.map(({ node, dir }) => `${dir} ${node.tag}`)).toContain("out message");
    expect(new Set(messages.stanzas.map(({ node, dir }) => `${dir} ${node.tag}`)).size).toBe(1);
    expect(messages.stanzas.some(({ plain }) => plain?.["conversation"] === SECRET)).toBe(true);
  });

  test("--xmlns and --session choose, also by a number that is then hidden", async () => {
    const prekeys = stanzasIn(await trace("--json", "--xmlns", "encrypt", "--direction", "in"));
    expect(prekeys.length).toBeGreaterThan(0);
    expect(prekeys.filter(({ node }) => node.attrs["xmlns"] !== "encrypt")).toEqual([]);

    const all = stanzasIn(await trace("--json", "--tag", "message"));
    const own = await trace("--json", "--tag", "message", "--session", stage.phone.phoneNumber);
    expect(stanzasIn(own)).toHaveLength(all.length);
    expect(own.out.join("")).not.toContain(stage.phone.phoneNumber);
    const nobody = await trace("--json", "--session", "nobody");
    expect(nobody.out).toHaveLength(1);
    expect(nobody.code).toBe(0);
    const [conn = ""] = all.map((stanza) => stanza.conn);
    expect(stanzasIn(await trace("--json", "--session", conn)).length).toBeGreaterThan(all.length);
  });

  test("goes on with what comes, until Ctrl-C", async () => {
    const child = startMotte(["trace", stage.server.url, "--tag", "message", "--json", "--show"]);
    const lines = createInterface({ input: child.stdout });
    const seen: TraceLine[] = [];
    const heard = new Promise<void>((resolve) => {
      lines.on("line", (line) => {
        seen.push(JSON.parse(line) as TraceLine);
        if (line.includes("only just said")) resolve();
      });
    });
    await within("The header", once(lines, "line"));
    await stage.contact.say(stage.phone, "only just said");
    await within("The new message", heard);
    const closed = once(child, "close");
    child.kill("SIGINT");
    expect(await within("The end", closed)).toEqual([0, null]);
    expect(seen[0]).toMatchObject({ trace: "motte" });
  });

  test("ends when the server does", async () => {
    const server = await MockServer.start();
    const child = startMotte(["trace", server.url]);
    const closed = once(child, "close");
    await within("The header", once(createInterface({ input: child.stdout }), "line"));
    await server.close();
    expect(await within("The end", closed)).toEqual([0, null]);
  });
});

const LINES = [
  {
    trace: "motte",
    version: 1,
    redacted: false,
    people: [
      { name: "Ada", pn: "5511987654321@s.whatsapp.net", lid: "100000000000001@lid" },
      { name: "Grace", pn: "4915112345678@s.whatsapp.net", lid: "100000000000002@lid" },
    ],
    groups: [],
  },
  { n: 1, ts: 1_767_225_600_000, event: "secured", conn: "c1", pattern: "XX" },
  {
    n: 2,
    ts: 1_767_225_600_120,
    conn: "c1",
    device: "5511987654321:1@s.whatsapp.net",
    dir: "in",
    compressed: false,
    node: {
      tag: "iq",
      attrs: { id: "1.1", type: "get", xmlns: "encrypt", to: "s.whatsapp.net" },
      content: [{ tag: "count", attrs: {} }],
    },
  },
  {
    n: 3,
    ts: 1_767_225_601_500,
    conn: "c1",
    device: "5511987654321:1@s.whatsapp.net",
    dir: "out",
    compressed: false,
    node: {
      tag: "message",
      attrs: {
        id: "3EB0AA",
        from: "4915112345678@s.whatsapp.net",
        t: "1767225601",
        notify: "Grace",
      },
      content: [{ tag: "enc", attrs: { v: "2", type: "pkmsg" }, content: { base64: "c2VjcmV0" } }],
    },
    fault: "delay-stanza",
  },
  { n: 4, of: 3, plain: { conversation: SECRET } },
  { n: 5, lost: 12 },
  { n: 6, ts: 1_767_225_602_000, event: "closed", conn: "c1" },
];
const NDJSON = LINES.map((line) => `${JSON.stringify(line)}\n`).join("");

const numbers = ({ out }: MotteRun): unknown[] =>
  out.slice(1).map((line) => (JSON.parse(line) as { n: number }).n);

describe("motte trace of a file", () => {
  test("is readable at 80 columns, and hides what the file has", async () => {
    await writeFile(folder.file("talk.ndjson"), NDJSON);
    const { code, out, error } = await runMotte(["trace", folder.file("talk.ndjson")]);

    expect(error).toEqual([]);
    expect(code).toBe(0);
    expect(out.filter((line) => line.length > 80)).toEqual([]);
    expect(out.join("\n")).not.toMatch(/\d{7}[^"\d]|Grace|mill|c2VjcmV0/);
    await expect(`${out.join("\n")}\n`).toMatchFileSnapshot("golden/trace.txt");
  });

  test("what is filtered out takes what belongs to it along", async () => {
    await writeFile(folder.file("talk.ndjson"), NDJSON);
    const read = (...args: string[]): Promise<MotteRun> =>
      runMotte(["trace", folder.file("talk.ndjson"), "--json", "--show", ...args]);

    expect(numbers(await read())).toEqual([1, 2, 3, 4, 5, 6]);
    expect(numbers(await read("--tag", "iq"))).toEqual([2, 5]);
    expect(numbers(await read("--tag", "iq", "--tag", "message"))).toEqual([2, 3, 4, 5]);
    expect(numbers(await read("--session", "Ada"))).toEqual([2, 3, 4, 5, 6]);
    expect(numbers(await read("--session", "c2"))).toEqual([5]);
  });
});

test("a reader that has enough ends it, without a word", async () => {
  const closings = Array.from({ length: 20_000 }, (_, at) => {
    return { n: at + 1, ts: 1_767_225_600_000, event: "closed", conn: "c1" };
  });
  const lines = [LINES[0], ...closings].map((line) => `${JSON.stringify(line)}\n`);
  await writeFile(folder.file("long.ndjson"), lines.join(""));
  const child = startMotte(["trace", folder.file("long.ndjson")]);
  let error = "";
  child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString()));
  const closed = once(child, "close");
  await within("The first line", once(child.stdout, "data"));
  child.stdout.destroy();
  expect(await within("The end", closed)).toEqual([0, null]);
  expect(error).toBe("");
});

test("a recording is said again to another bot, which is linked by itself", async () => {
  const talk = await trace("--json", "--show");
  await writeFile(folder.file("recorded.ndjson"), `${talk.out.join("\n")}\n`);
  const bot = fileURLToPath(new URL("programs/stock-bot.mjs", import.meta.url));
  const replayed = await runMotte(
    ["trace", "recorded.ndjson", "--replay", "--json", "--", process.execPath, bot],
    { cwd: folder.path },
  );

  expect(replayed.code).toBe(0);
  // The program has the output to itself until then.
  const said = JSON.parse(replayed.out.at(-1) ?? "") as {
    readonly sent: number;
    readonly skipped: readonly { readonly why: string }[];
  };
  expect(said.sent).toBeGreaterThanOrEqual(1);
  // What the phone sent its own devices, the live phone has sent by itself.
  expect(said.skipped.map(({ why }) => why).filter((why) => why !== "own-device")).toEqual([]);
});

test("bad input of motte trace is a usage error, with one line that says how to mend it", async () => {
  await writeFile(folder.file("text"), "no trace\n");
  await writeFile(folder.file("newer"), NDJSON.replace('"version":1', '"version":99'));
  await writeFile(folder.file("redacted"), NDJSON.replace('"redacted":false', '"redacted":true'));
  await using locked = await MockServer.start({ adminToken: "hush" });
  for (const [code, args, words] of [
    [2, [], /needs <trace>/],
    [2, ["nowhere.ndjson"], /cannot be read: name a file, or the address/],
    [2, [folder.path], /cannot be read/],
    [1, [folder.file("text")], /text: Line 1 is not JSON/],
    [1, [folder.file("newer")], /newer: Line 1 is of version 99/],
    [2, ["http://127.0.0.1:1"], /Nobody answers at 127.0.0.1:1/],
    [2, ["http://"], /is no address/],
    [2, [stage.server.url, "--direction", "up"], /--direction must be in or out/],
    [2, [stage.server.url, "--", "node"], /only with --replay/],
    [2, [locked.url], /answers 401: it wants its adminToken/],
    [2, [locked.url, "--token-env", "MOTTE_NO_SUCH"], /MOTTE_NO_SUCH is not set/],
    [2, ["talk.ndjson", "--replay"], /--replay -- node bot\.js/],
    [2, [folder.file("redacted"), "--replay", "--", "node"], /is redacted/],
  ] as const) {
    const run = await runMotte(["trace", ...args]);
    expect({ args, code: run.code, out: run.out, lines: run.error.length }).toEqual({
      args,
      code,
      out: [],
      lines: 1,
    });
    expect(run.error[0]).toMatch(words);
  }
  const letIn = await runMotte(["trace", locked.url, "--no-follow", "--token-env", "TOKEN"], {
    env: { ...process.env, TOKEN: "hush" },
  });
  expect(letIn).toMatchObject({ code: 0, error: [] });
});
