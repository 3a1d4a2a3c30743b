import { randomBytes } from "node:crypto";
import { readdir, stat, writeFile } from "node:fs/promises";
import { useSqliteAuthState } from "@motte/auth-stores";
import { expect, test } from "vitest";
import { readDrawnQr } from "../support/drawn-qr.ts";
import { stage } from "../support/linked-bot.ts";
import { motteProcess } from "../support/motte-process.ts";
import { runMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

interface Step {
  readonly state: string;
  readonly [field: string]: unknown;
}

const steps = (lines: readonly string[]): Step[] =>
  lines.map((line): Step => JSON.parse(line) as Step);

/** What changes from run to run, by names. */
function settled(lines: readonly string[], names: Readonly<Record<string, string>>): string {
  let text = lines.filter((line) => !/^[ ▀▄█]{20,}$/.test(line)).join("\n");
  for (const [name, value] of Object.entries(names)) text = text.replaceAll(value, `<${name}>`);
  return `${text}\n`;
}

test("a drawn QR code links the session, and the bot logs in with another browser and no QR", async () => {
  await using set = await stage({ strict: true, seed: "pairing" });
  const store = `sqlite:${set.folder.file("auth.db")}`;
  await using pairing = motteProcess(["pair", store, "--url", set.server.url]);

  await pairing.prints(/^▀+$/);
  await set.phone.scan(readDrawnQr(pairing.out));

  expect(await pairing.ended()).toBe(0);
  expect(pairing.error).toEqual([]);
  const shown = settled(pairing.out, { store, server: set.server.url });
  await expect(shown).toMatchFileSnapshot("golden/pair.txt");
  expect(pairing.out.join("\n")).not.toContain(set.phone.phoneNumber);
  expect(set.server.connections).toHaveLength(0);
  const bot = await set.startBot({ socket: { browser: ["Ubuntu", "Firefox", "22.04"] } });
  await bot.open();
  expect(bot.qrs).toEqual([]);
  const { id } = await set.contact.say(set.phone, "Hello");
  await expect(bot.hears(id)).resolves.toMatchObject({ text: "Hello" });
});

test("a pairing code for a number as people write it, every step as JSON", async () => {
  await using set = await stage({ strict: true });
  const { phoneNumber } = set.phone;
  const written = `+${phoneNumber.slice(0, 2)} (${phoneNumber.slice(2, 5)}) ${phoneNumber.slice(5)}`;
  const store = `file:${set.folder.file("auth")}`;
  const to = ["--url", set.server.url];
  await using pairing = motteProcess(["pair", store, "--phone", written, ...to, "--json"]);

  const asked = JSON.parse(await pairing.prints(/"pairing-code"/)) as Step;
  expect(asked).toEqual({
    state: "pairing-code",
    code: expect.stringMatching(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/),
    window: 1,
    expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
  await set.phone.enterPairingCode(String(asked["code"]));

  expect(await pairing.ended()).toBe(0);
  expect(pairing.error).toEqual([]);
  const told = steps(pairing.out);
  expect(told.map(({ state }) => state)).toEqual([
    "beginning",
    "connecting",
    "pairing-code",
    "closed",
    "connecting",
    "open",
    "paired",
  ]);
  expect(told[0]).toEqual({
    state: "beginning",
    location: store,
    sessionId: "default",
    server: set.server.url,
    number: `…${phoneNumber.slice(-2)}`,
  });
  expect(told[3]).toMatchObject({ cause: "restart-required", code: 515 });
  expect(told.at(-1)).toMatchObject({
    id: `…${phoneNumber.slice(-2)}:1@s.whatsapp.net`,
    synced: true,
  });
  expect(pairing.out.join("\n")).not.toContain(phoneNumber);
});

test("over TLS into an encrypted store; a second account only takes its place when the first is archived", async () => {
  await using set = await stage();
  const { folder, server, phone } = set;
  await writeFile(folder.file("ca.pem"), server.caCertificate);
  await writeFile(folder.file("key"), randomBytes(32).toString("hex"));
  const store = `sqlite:${folder.file("wa.db")}#acme`;
  const key = ["--key-file", folder.file("key")];
  const to = ["--url", server.secureUrl, "--ca-file", folder.file("ca.pem")];
  const pair = ["pair", store, ...key, "--qr=raw", "--show-numbers", ...to];
  await using first = motteProcess(pair);
  await phone.scan(await first.prints(/^2@|^https?:/));
  expect(await first.ended()).toBe(0);
  expect(first.out.at(-1)).toContain(`✓ paired as ${phone.phoneNumber}:1@`);

  const again = await runMotte(pair);
  expect(again.error).toEqual([expect.stringMatching(/is paired already, as .*--replace/)]);
  expect(again.code).toBe(2);

  const other = server.phone({ name: "Grace" });
  await using second = motteProcess([...pair, "--replace"]);
  await other.scan(await second.prints(/^2@|^https?:/));
  expect(await second.ended()).toBe(0);
  expect(second.out.at(-1)).toContain(`✓ paired as ${other.phoneNumber}:1@`);
  const archive = /^archived what was there as (.*)$/.exec(second.out[0] ?? "")?.[1] ?? "";
  expect((await stat(archive)).mode & 0o777).toBe(0o600);
  const kept = await runMotte(["verify", `sqlite:${archive}#acme`, ...key]);
  expect(kept.out.at(-1)).toBe("✓ sound");
  const inspected = await runMotte(["inspect", `sqlite:${archive}`, ...key]);
  expect(inspected.out[1]).toContain(`…${phone.phoneNumber.slice(-2)}:1@s.whatsapp.net`);
});

test("stopped or killed at any time, the same call begins again", async () => {
  await using set = await stage();
  const store = `sqlite:${set.folder.file("auth.db")}`;
  const byCode = ["pair", store, "--phone", set.phone.phoneNumber, "--url", set.server.url];
  {
    await using stopped = motteProcess(byCode);
    await stopped.prints(/^pairing code /);
    stopped.kill("SIGINT");
    expect(await stopped.ended()).toBe(1);
    expect(stopped.error).toEqual([expect.stringMatching(/^Interrupted/)]);
    await using auth = await useSqliteAuthState(set.folder.file("auth.db"), { create: "never" });
    expect(auth.state.creds.me).toBeUndefined();
  }
  {
    await using stopped = motteProcess([...byCode, "--json"]);
    await stopped.prints(/"pairing-code"/);
    stopped.kill("SIGTERM");
    expect(await stopped.ended()).toBe(1);
    expect(JSON.parse(stopped.out.at(-1) ?? "")).toMatchObject({
      error: { code: "CLI_INTERRUPTED", message: expect.stringMatching(/^Interrupted/) },
    });
  }
  await using killed = motteProcess(byCode);
  await killed.prints(/^pairing code /);
  killed.kill("SIGKILL");
  await killed.ended();
  await using half = await useSqliteAuthState(set.folder.file("auth.db"), { create: "never" });
  expect(half.state.creds.me).toBeDefined();
  await half.close();

  await using pairing = motteProcess(byCode);
  const code = /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(await pairing.prints(/^pairing code /))?.[0];
  await set.phone.enterPairingCode(code ?? "");
  expect(await pairing.ended()).toBe(0);
});

test("a session that a bot has open ends with code 4, a server that is not there with code 1", async () => {
  await using folder = await temporaryFolder();
  const store = `sqlite:${folder.file("wa.db")}`;
  await using bot = await useSqliteAuthState(folder.file("wa.db"));
  const refused = await runMotte(["pair", store, "--url", "ws://127.0.0.1:9/"]);
  expect(refused.error).toEqual([expect.stringContaining(`${process.pid}@`)]);
  expect(refused.code).toBe(4);
  await bot.close();

  const alone = await runMotte(["pair", store, "--url", "ws://127.0.0.1:9/", "--json"]);
  expect(alone.error).toEqual([expect.stringMatching(/^Not paired: /)]);
  expect(steps(alone.out.slice(0, -1)).map(({ state }) => state)).toContain("waiting");
  expect(JSON.parse(alone.out.at(-1) ?? "")).toMatchObject({ error: { code: "unreachable" } });
  expect(alone.code).toBe(1);
});

test.each([
  [["--phone", "+1 (234) 567-89O1"], /something other than digits/],
  [["--url", "wss://127.0.0.1:9", "--ca-file", "package.json"], /holds no certificate/],
  [["--key-file", "nowhere"], /key file nowhere/],
])("motte pair %j is refused before anything is made", async (args, words) => {
  await using folder = await temporaryFolder();
  const { code, out, error } = await runMotte(["pair", `sqlite:${folder.file("wa.db")}`, ...args]);

  expect(error).toEqual([expect.stringMatching(words)]);
  expect(out).toEqual([]);
  expect(code).toBe(2);
  expect(await readdir(folder.path)).toEqual([]);
});
