import { once } from "node:events";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { faultCatalogue } from "@motte/mock-server";
import { expect, test } from "vitest";
import { within } from "../support/bot.ts";
import { startBotProcess } from "../support/echo-bot.ts";
import { motteProcess } from "../support/motte-process.ts";
import { runMotte, startMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("motte mock plays the phone and a contact for a bot that knows nothing of it", async () => {
  await using folder = await temporaryFolder();
  const server = startMotte(["mock", "--seed", "typed"]);
  const seen: string[] = [];
  const waiting: { readonly pattern: RegExp; readonly resolve: (line: string) => void }[] = [];
  createInterface({ input: server.stdout }).on("line", (line) => {
    seen.push(line);
    for (const { pattern, resolve } of waiting) if (pattern.test(line)) resolve(line);
  });
  const prints = (pattern: RegExp): Promise<string> => {
    const past = seen.find((line) => pattern.test(line));
    if (past !== undefined) return Promise.resolve(past);
    return within(String(pattern), new Promise((resolve) => waiting.push({ pattern, resolve })));
  };

  const url = /ws:\/\/\S+/.exec(await prints(/^listening/))?.[0] ?? "";
  await using bot = startBotProcess(url, folder.path);
  server.stdin.write(`scan ${await bot.qr()}\n`);
  await prints(/^logged in/);
  server.stdin.write("say ping\n");
  expect(await prints(/^the contact got/)).toBe("the contact got: ping");

  server.stdin.write("nonsense\nquit\n");
  const code = await new Promise((resolve) => server.once("close", resolve));
  expect(code).toBe(0);
  expect(seen.filter((line) => line.length > 80)).toEqual([]);
});

test("motte mock --json tells a script where it is, with its faults in place, and cleans up after itself", async () => {
  await using folder = await temporaryFolder();
  const files = { ready: folder.file("ready.json"), ca: folder.file("ca.pem") };
  await writeFile(folder.file("plan.json"), '[{ "fault": "stream-error", "code": 500 }]');
  const faults = ["--fault", "stream-error code=503 times=2", "--faults", folder.file("plan.json")];
  const told = ["--json", "--ca-file", files.ca, "--ready-file", files.ready];
  const server = startMotte(["mock", "--seed", "scripted", ...faults, ...told]);
  const lines = createInterface({ input: server.stdout });
  const [line] = await within("The first line", once(lines, "line"));

  const listening = JSON.parse(String(line)) as Record<string, string>;
  expect(listening).toMatchObject({ event: "listening", seed: "scripted", caFile: files.ca });
  expect(JSON.parse(await readFile(files.ready, "utf8"))).toMatchObject({ url: listening["url"] });
  expect(await readFile(files.ca, "utf8")).toContain("BEGIN CERTIFICATE");
  const inPlace: unknown = await (await fetch(`${listening["adminUrl"]}/faults`)).json();
  expect(inPlace).toMatchObject({
    rules: [
      { fault: "stream-error", spec: { code: 503, times: 2 } },
      { fault: "stream-error", spec: { code: 500 } },
    ],
  });

  server.stdin.write("quit\n");
  expect(await within("The end", once(server, "close"))).toEqual([0, null]);
  expect(await readdir(folder.path)).toEqual(["plan.json"]);
});

/** A `motte mock` with a ready file, and what that file says. */
async function mockWith(ready: string) {
  const server = motteProcess(["mock", "--ready-file", ready]);
  await server.prints(/^listening/);
  return { server, told: JSON.parse(await readFile(ready, "utf8")) as { url: string } };
}

test("a ready file is that of one server: a second leaves it alone, and what a killed one left is replaced", async () => {
  await using folder = await temporaryFolder();
  const ready = folder.file("ready.json");
  // As mktemp(1) makes one for a script.
  await writeFile(ready, "");
  const first = await mockWith(ready);
  await using killed = first.server;

  const second = await runMotte(["mock", "--ready-file", ready, "--json"]);
  expect(second.error).toEqual([
    expect.stringMatching(
      /ready\.json is the ready file of another server that is running \(\d+@.*\): name another file, or stop that one/,
    ),
  ]);
  expect(second.code).toBe(2);
  const run = ["run", "--ready-file", ready, "--", process.execPath, "--version"];
  expect((await runMotte(run)).code).toBe(2);
  expect(JSON.parse(await readFile(ready, "utf8"))).toEqual(first.told);
  expect(await readdir(folder.path)).toEqual(["ready.json"]);

  killed.kill("SIGKILL");
  await killed.ended();
  const third = await mockWith(ready);
  await using last = third.server;
  expect(third.told.url).not.toBe(first.told.url);
  expect(await readdir(folder.path)).toEqual(["ready.json"]);
  last.kill("SIGTERM");
  expect(await last.ended()).toBe(0);
  expect(await readdir(folder.path)).toEqual([]);
});

test("a ready file that was taken away is no concern of the server's: another's stays", async () => {
  await using folder = await temporaryFolder();
  const ready = folder.file("ready.json");
  await using first = (await mockWith(ready)).server;
  await rm(ready);
  const second = await mockWith(ready);
  await using other = second.server;

  first.kill("SIGTERM");
  expect(await first.ended()).toBe(0);

  expect(JSON.parse(await readFile(ready, "utf8"))).toEqual(second.told);
  other.kill("SIGTERM");
  expect(await other.ended()).toBe(0);
});

test("motte mock --list-faults lists every fault with its settings, and starts nothing", async () => {
  const { out, error, code } = await runMotte(["mock", "--list-faults"]);
  const whole = await runMotte(["mock", "--list-faults", "--json"]);
  const { faults } = JSON.parse(whole.out.join("\n")) as { faults: { name: string }[] };

  expect(faults.map(({ name }) => name)).toEqual(
    faultCatalogue.flatMap(({ faults: all }) => all.map(({ name }) => name)),
  );
  const shown = out.map((line) => /^ {2}(\S+)/.exec(line)?.[1]);
  expect(shown.filter((name) => name !== undefined)).toEqual(faults.map(({ name }) => name));
  expect(out).toContain("  connect-delay (ms)");
  expect(out.filter((line) => line.length > 80)).toEqual([]);
  expect(error).toEqual([]);
  expect([code, whole.code]).toEqual([0, 0]);
});

test.each([
  [
    ["--fault", "stream-eror code=503"],
    /^There is no fault "stream-eror"; did you mean "stream-error", "[a-z-]+" or "[a-z-]+"\?; motte mock --list-faults lists all \d\d$/,
  ],
  [["--fault", "bananas"], /^There is no fault "bananas"; motte mock --list-faults lists/],
  [["--list-faults", "--port", "1"], /nothing to --port: leave one of them out/],
  [["--fault", "stream-error code"], /write name=value/],
  [["--fault", "stream-error cod=503"], /cod/],
  [["--faults", "nowhere.json"], /cannot be read as JSON/],
  [["--faults", "package.json"], /holds no faults/],
  [["--ready-file", "package.json"], /no ready file of motte: .*nothing is written over/],
  [["--ready-file", "/dev/null"], /is there and no file: name a new one/],
  [["--ca-file", "."], /is there and no file/],
  [["--ready-file", "no/such/folder/ready.json"], /cannot be written/],
])("motte mock %j is refused", async (args, words) => {
  const { code, out, error } = await runMotte(["mock", ...args]);
  expect(error).toEqual([expect.stringMatching(words)]);
  expect(out).toEqual([]);
  expect(code).toBe(2);
});
