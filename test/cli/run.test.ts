import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { motteRun, program } from "../support/run-bot.ts";
import { runMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("a stock Baileys bot is linked, hears a contact and answers", async () => {
  await using folder = await temporaryFolder();
  await using run = motteRun({
    options: ["--offline", "--contact-says", "hello", "--expect", "You said: hello"],
    program: ["node", program("stock-bot.mjs")],
    cwd: folder.path,
  });

  expect(await run.exitCode).toBe(0);
  const told = run.error.filter((line) => line.startsWith("motte: "));
  expect(told.map((line) => line.replace(/ (?:at|…).*/, ""))).toEqual([
    "motte: mock server",
    "motte: linked",
    "motte: logged in",
    "motte: the contact got: You said: hello",
  ]);
  expect(await readdir(folder.file("auth_info_baileys"))).toContain("creds.json");
});

test("a CommonJS bot that pairs by code, started by a script of npm", async () => {
  await using folder = await temporaryFolder();
  const manifest = { scripts: { start: `node ${program("stock-bot.cjs")}` } };
  await writeFile(folder.file("package.json"), JSON.stringify(manifest));
  await using run = motteRun({
    options: ["--contact-says", "hello", "--expect", "HELLO"],
    program: ["npm", "start", "--no-update-notifier"],
    cwd: folder.path,
  });

  await run.prints(/^pairing code: \w{8}$/);
  expect(await run.prints(/^opened connection/)).toContain("15550001234:1@");
  expect(await run.exitCode).toBe(0);
});

test("everything for WhatsApp's hosts reaches the mock server, and nothing else is touched", async () => {
  await using folder = await temporaryFolder();
  const asked = (options: readonly string[]) =>
    motteRun({ options, program: ["node", program("fetching.mjs")], cwd: folder.path });
  await using open = asked([]);
  await using offline = asked(["--offline"]);

  const reached = [
    "fetch: 200",
    "upload: 401",
    "https: 200",
    "tls by port and host: true",
    "ws: open",
  ];
  expect(await open.exitCode).toBe(0);
  expect(open.out).toEqual([
    ...reached,
    expect.stringMatching(/^elsewhere: (?:ENOTFOUND|EAI_AGAIN)$/),
  ]);
  expect(await offline.exitCode).toBe(0);
  expect(offline.out).toEqual([...reached, "elsewhere: MOCK_OFFLINE"]);
});

test("the program's exit code goes out, and the signals go in", async () => {
  await using folder = await temporaryFolder();
  const own = await MockServer.start();
  await writeFile(folder.file("own.pem"), own.caCertificate);
  await own.close();
  await mkdir(folder.file("work"));

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using run = motteRun({
      options: ["--json", "--ready-file", folder.file("ready.json")],
      program: ["node", program("waiting.mjs")],
      cwd: folder.file("work"),
      env: { NODE_EXTRA_CA_CERTS: folder.file("own.pem") },
    });
    await run.prints(/^waiting/);
    const ready = JSON.parse(await readFile(folder.file("ready.json"), "utf8")) as {
      readonly adminUrl: string;
      readonly caFile: string;
    };
    expect(ready).toMatchObject(JSON.parse(run.out[0] ?? "") as object);
    expect(run.out).toContain("certificates 2");
    expect((await fetch(`${ready.adminUrl}/state`)).status).toBe(200);

    run.child.kill(signal);
    expect(await run.exitCode).toBe(7);
    expect(run.out).toContain(`got ${signal}`);
    expect(existsSync(dirname(ready.caFile))).toBe(false);
    expect(await readdir(folder.path)).toEqual(["own.pem", "work"]);
    await expect(fetch(`${ready.adminUrl}/state`)).rejects.toThrow("fetch failed");
  }
});

test("a program that a signal ended has the exit code a shell would give it", async () => {
  await using folder = await temporaryFolder();
  await using run = motteRun({
    program: ["node", "-e", "process.kill(process.pid, 'SIGKILL')"],
    cwd: folder.path,
  });

  expect(await run.exitCode).toBe(128 + 9);
});

test.concurrent(
  "an answer that does not come is a failure that shows what went over the wire",
  async () => {
    await using folder = await temporaryFolder();
    await using run = motteRun({
      options: ["--contact-says", "hello", "--expect", "something else", "--within", "20"],
      program: ["node", program("stock-bot.mjs")],
      cwd: folder.path,
    });

    expect(await run.exitCode).toBe(1);
    expect(run.error).toContainEqual(expect.stringMatching(/[CS]> c[12] </));
  },
);

test.concurrent("a bot that has answered is stopped, also when it will not be told", async () => {
  await using folder = await temporaryFolder();
  const stubborn = "process.on('SIGTERM', () => {}); await import(process.argv[1]);";
  await using run = motteRun({
    options: ["--contact-says", "hello", "--expect", "You said: hello"],
    program: ["node", "--input-type=module", "-e", stubborn, program("stock-bot.mjs")],
    cwd: folder.path,
  });

  expect(await run.exitCode).toBe(0);
  expect(run.error).toContain("motte: the program did not end on SIGTERM, and was killed");
});

test.concurrent("an answer counts that is the last thing the bot says", async () => {
  await using folder = await temporaryFolder();
  await using run = motteRun({
    options: ["--contact-says", "hello", "--expect", "bye"],
    program: ["node", program("last-words.mjs")],
    cwd: folder.path,
  });

  expect(await run.exitCode).toBe(0);
});

test.concurrent("Ctrl-\\ goes on to the program, which would else be left behind", async () => {
  await using folder = await temporaryFolder();
  await using run = motteRun({
    program: ["node", "-e", "console.log('up'); setInterval(() => {}, 1000)"],
    cwd: folder.path,
  });
  await run.prints(/^up/);
  run.child.kill("SIGQUIT");

  expect(await run.exitCode).toBe(128 + 3);
});

test.each([
  [["run"], {}, /motte run \[options\] -- <program>/],
  [["run", "node", "bot.js"], {}, /-- <program>/],
  [["run", "--", "no-such-program"], {}, /cannot start "no-such-program"/],
  [["run", "--", ""], {}, /cannot start ""/],
  [["run", "--within", "5", "--", "node", "-e", ""], {}, /--within goes with --expect/],
  [["run", "--scan", "soon", "--", "node"], {}, /auto, code or off/],
  [["run", "--ready-file", "/nowhere/x", "--", "node"], {}, /existing folder/],
  [["run", "--", "node", "-e", ""], { NODE_ENV: "production" }, /NODE_ENV is production/],
  [["run", "--", "node", "-e", ""], { NODE_EXTRA_CA_CERTS: "/nowhere" }, /NODE_EXTRA_CA_CERTS/],
])("%j %j is refused before anything is started", async (args, env, fix) => {
  const { code, out, error } = await runMotte(args, { env: { ...process.env, ...env } });

  expect(error.at(-1)).toMatch(fix);
  expect(out).toEqual([]);
  expect(code).toBe(2);
});

test("a script that sets NODE_ENV to production by itself is refused too", async () => {
  await using folder = await temporaryFolder();
  await using run = motteRun({
    program: ["env", "NODE_ENV=production", "node", "-e", "console.log('ran')"],
    cwd: folder.path,
  });

  expect(await run.exitCode).toBe(2);
  expect(run.error.at(-1)).toMatch(/^MockServerError MOCK_IN_PRODUCTION: /);
  expect(run.out).toEqual([]);
});
