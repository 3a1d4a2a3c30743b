import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { programFile, runNode } from "./support/run-program.ts";

const env = { PATH: process.env["PATH"] };

test("connections to WhatsApp's hosts reach the server in every way, from workers and children too", async () => {
  await using server = await MockServer.start();
  await using environment = await server.botEnvironment({ env, offline: true });
  const program = spawn(process.execPath, [programFile("connecting.mjs")], {
    env: environment.variables,
  });
  const out: string[] = [];
  createInterface({ input: program.stdout }).on("line", (line) => out.push(line));
  // The QR code is of no client of this server, which is said on the error output.
  const error = await new Promise<string>((resolve) =>
    createInterface({ input: program.stderr }).on("line", resolve),
  );
  program.stdin.end();
  const code = await new Promise((resolve) => program.once("close", resolve));

  expect(out).toEqual([
    "built-in fetch: 200",
    "undici fetch: 200",
    "undici request: 200",
    "keep-alive agent: 200",
    "plain http: 200",
    "net with options: true",
    "net with other ports: true true true true",
    "elsewhere: MOCK_OFFLINE",
    "worker: 200",
    "child: 200",
  ]);
  expect(error).toMatch(/^motte: the phone could not link the bot: .*MOCK_QR_EXPIRED/);
  expect(code).toBe(0);
});

test("what the caller has set stays in force", async () => {
  await using server = await MockServer.start();
  const folder = await mkdtemp(join(tmpdir(), "motte-test-"));
  const own = join(folder, "own.pem");
  await writeFile(own, "-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----");
  await using environment = await server.botEnvironment({
    env: {
      NODE_OPTIONS: "--max-http-header-size=9999",
      NODE_EXTRA_CA_CERTS: own,
      no_proxy: "intranet",
      KEPT: "1",
    },
    scan: "off",
  });

  const { variables, caFile } = environment;
  expect(variables).toMatchObject({
    KEPT: "1",
    NODE_EXTRA_CA_CERTS: caFile,
    NO_PROXY: expect.stringMatching(/\.whatsapp\.net,.*,intranet$/),
    MOTTE_MOCK_PORT: String(server.port),
    MOTTE_MOCK_SCAN: "off",
  });
  expect(variables["NODE_OPTIONS"]).toMatch(/^--import=file:\S+ --max-http-header-size=9999$/);
  expect(await readFile(caFile, "utf8")).toBe(
    `${await readFile(own, "utf8")}\n${server.caCertificate}`,
  );

  await environment[Symbol.asyncDispose]();
  expect(existsSync(dirname(caFile))).toBe(false);
  expect(existsSync(own)).toBe(true);
  await rm(folder, { recursive: true });
});

test("one bot in another: only the inner server is known, and its bots go past no proxy", async () => {
  await using outer = await MockServer.start({ adminToken: "of-the-outer" });
  await using around = await outer.botEnvironment({ env: { NO_PROXY: "*", no_proxy: "*" } });
  await using server = await MockServer.start();
  await using environment = await server.botEnvironment({ env: around.variables });

  const { variables } = environment;
  expect(variables["MOTTE_MOCK_PORT"]).toBe(String(server.port));
  expect(JSON.stringify(variables)).not.toContain("of-the-outer");
  expect([variables["NO_PROXY"], variables["no_proxy"]]).toEqual(["*", "*"]);
  const preloads = variables["NODE_OPTIONS"]?.match(/--import=/g);
  expect(preloads).toHaveLength(1);
});

test("a bot that is kept offline reaches a server on another address of this machine", async () => {
  await using server = await MockServer.start();
  await using environment = await server.botEnvironment({ env, offline: true });
  // From the loopback address the system lets nothing out, and says so.
  const connect =
    "require('net').connect({ port: 9, host: '192.0.2.7', localAddress: '127.0.0.1' }).on('error', ({ code }) => console.log(code)).setTimeout(300, function () { console.log('tried'); this.destroy(); })";
  const run = await runNode(["-e", connect], {
    env: { ...environment.variables, MOTTE_MOCK_HOST: "192.0.2.7" },
  });

  expect(run.out).not.toContain("MOCK_OFFLINE");
});

test.each([
  [{ env: { NODE_ENV: "production" } }, "MOCK_IN_PRODUCTION"],
  [{ env: { NODE_EXTRA_CA_CERTS: "/nowhere/ca.pem" } }, "USAGE_UNREADABLE_PATH"],
])("%j is refused with %s", async (options, code) => {
  await using server = await MockServer.start();

  await expect(server.botEnvironment(options)).rejects.toMatchObject({ code });
});

test.each([
  [{ NODE_ENV: "production", MOTTE_MOCK_PORT: "1" }, "MockServerError MOCK_IN_PRODUCTION: "],
  [{ MOTTE_MOCK_PORT: undefined }, "UsageError USAGE_INVALID_OPTION: "],
  [{ MOTTE_MOCK_PORT: "1", MOTTE_MOCK_SCAN: "maybe" }, "UsageError USAGE_INVALID_OPTION: "],
])("with %j a program does not start at all", async (variables, refusal) => {
  await using server = await MockServer.start();
  await using environment = await server.botEnvironment({ env });

  const run = await runNode(["-e", "process.stdout.write('ran')"], {
    env: { ...environment.variables, ...variables },
  });

  expect(run).toMatchObject({ code: 2, out: "" });
  expect(run.error).toContain(refusal);
});
