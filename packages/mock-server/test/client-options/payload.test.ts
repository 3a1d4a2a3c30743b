import { Browsers, DEFAULT_CONNECTION_CONFIG } from "@whiskeysockets/baileys";
import type { UserFacingSocketConfig } from "@whiskeysockets/baileys";
import { ManualClock } from "@motte/core/manual-clock";
import { describe, expect, test } from "vitest";
import {
  type ClientInfo,
  type ClientVersion,
  MockServer,
  type MockServerOptions,
} from "@motte/mock-server";
import { Client, memoryAuth, pairedClient } from "../support/client.ts";

async function infoOf(options: Partial<UserFacingSocketConfig>): Promise<ClientInfo | undefined> {
  await using server = await MockServer.start();
  await using client = new Client(server, undefined, options);
  await client.qr();
  return server.connections[0]?.client;
}

describe("what a client says of itself", () => {
  test("is Chrome on a Mac, from the US, wanting everything, unless it is configured", async () => {
    expect(await infoOf({})).toEqual({
      version: DEFAULT_CONNECTION_CONFIG.version,
      platform: "WEB",
      webSubPlatform: "WEB_BROWSER",
      countryCode: "US",
      languageCode: "en",
      pushName: undefined,
      passive: false,
      os: "Mac OS",
      browser: "CHROME",
      requireFullSync: true,
      platformDisplay: undefined,
    });
  });

  test.each([
    [{ browser: Browsers.ubuntu("My App") }, { os: "Ubuntu", browser: "CHROME" }],
    [{ browser: ["Linux", "Firefox", "122.0.0"] }, { os: "Linux", browser: "FIREFOX" }],
    [
      { browser: Browsers.macOS("Desktop") },
      { browser: "DESKTOP", webSubPlatform: "DARWIN", requireFullSync: true },
    ],
    [{ browser: Browsers.windows("Desktop") }, { os: "Windows", webSubPlatform: "WIN32" }],
    [
      { browser: Browsers.macOS("Desktop"), syncFullHistory: false },
      { webSubPlatform: "WEB_BROWSER", requireFullSync: false },
    ],
    [
      { browser: Browsers.android("14") },
      { platform: "ANDROID", webSubPlatform: undefined, os: "14", browser: "ANDROID_PHONE" },
    ],
    [
      { version: [2, 3_000, 7], countryCode: "BR" },
      { version: [2, 3_000, 7], countryCode: "BR" },
    ],
  ] as [Partial<UserFacingSocketConfig>, Partial<ClientInfo>][])(
    "follows %j",
    async (options, expected) => {
      expect(await infoOf(options)).toMatchObject(expected);
    },
  );

  test("includes its name, if it has one, and at login neither system nor browser", async () => {
    await using server = await MockServer.start();
    // Baileys reads it, and does not say so in the type of its options.
    const named: Partial<UserFacingSocketConfig> & { readonly pushName: string } = {
      pushName: "Robot",
      version: [2, 3_000, 8],
    };
    await using client = await pairedClient(server, server.phone(), named);

    expect(client.auth.creds.me?.id).toBe(server.connections[0]?.deviceJid);
    expect(server.connections[0]?.client).toMatchObject({
      version: [2, 3_000, 8],
      pushName: "Robot",
      passive: true,
      os: undefined,
      browser: undefined,
      requireFullSync: undefined,
    });
  });

  test("is not known before the handshake is done", async () => {
    await using server = await MockServer.start();
    const atFirst: unknown[] = [];
    server.onConnection(({ client }) => atFirst.push(client));

    await using client = new Client(server);
    await client.qr();

    expect(atFirst).toEqual([undefined]);
  });
});

describe("minimumVersion", () => {
  const minimum: ClientVersion = [2, 3_000, 500];

  test.each([
    [[2, 3_000, 499], 405],
    [[2, 2_999, 501], 405],
    [[1, 9_999, 999], 405],
  ] as const)("refuses the version %j with %i, and nothing is lost", async (version, code) => {
    await using server = await MockServer.start({ minimumVersion: minimum });
    await using client = await pairedClient(server, server.phone(), { version: [2, 3_000, 500] });

    await using outdated = new Client(server, client.auth, { version: [...version] });
    const outdatedCode = await outdated.closed();
    await using stranger = new Client(server, undefined, { version: [...version] });
    const strangerCode = await stranger.closed();
    await using updated = new Client(server, client.auth, { version: [3, 0, 0] });
    await updated.open();

    expect([outdatedCode, strangerCode]).toEqual([code, code]);
    expect(stranger.updates.flatMap(({ qr }) => qr ?? [])).toEqual([]);
  });

  test.each([[[2, 3_000]], [[2, 3_000, -1]], [[2, 3_000, 0.5]], ["2.3000.1"]])(
    "cannot be %j",
    async (minimumVersion) => {
      const options: MockServerOptions = {};
      // As a program in JavaScript may.
      Reflect.set(options, "minimumVersion", minimumVersion);

      await expect(MockServer.start(options)).rejects.toMatchObject({
        code: "USAGE_INVALID_OPTION",
      });
    },
  );
});

describe("linkTtlMs", () => {
  test("unlinks a device that was away for that long, not one that was there", async () => {
    const clock = new ManualClock(1_700_000_000_000);
    await using server = await MockServer.start({ clock, linkTtlMs: 1_000 });
    const phone = server.phone();
    await using steady = await pairedClient(server, phone);
    await using client = await pairedClient(server, phone);
    await clock.advance(5_000);

    const loggedIn = async (awayMs: number): Promise<Client> => {
      const open = server.connections.find(({ device }) => device === 2);
      open?.cut();
      await clock.advance(awayMs);
      return new Client(server, client.auth);
    };
    await using back = await loggedIn(999);
    await back.open();
    await clock.advance(5_000);
    await using twin = new Client(server, client.auth);
    await twin.open();
    await using late = await loggedIn(1_000);
    const code = await late.closed();
    await using later = new Client(server, client.auth);

    expect(code).toBe(401);
    expect(await later.closed()).toBe(401);
    expect(phone.companions.map(({ device }) => device)).toEqual([1]);
    expect(steady.updates.at(-1)?.connection).not.toBe("close");
  });
});

describe("the browser of a client that asks for a pairing code", () => {
  test.each([
    [Browsers.macOS("Google Chrome"), "Google Chrome (Mac OS)"],
    [Browsers.ubuntu("Firefox"), "Firefox (Ubuntu)"],
    [Browsers.android("14"), "Android (14)"],
  ] as const)("%j is one that the phone can show", async (browser, platformDisplay) => {
    await using server = await MockServer.start({ strict: true });
    const phone = server.phone();
    const auth = memoryAuth();
    await using client = new Client(server, auth, { browser: [...browser] });
    await client.qr();
    const before = server.connections[0]?.client?.platformDisplay;

    const code = await client.sock.requestPairingCode(phone.phoneNumber);
    await server.journal.waitFor(({ children }) => children.includes("link_code_companion_reg"));
    await phone.enterPairingCode(code);

    expect(before).toBeUndefined();
    expect(await client.closed()).toBe(515);
    expect(auth.creds.registered).toBe(true);
    expect(platformDisplay).toBe(`${browser[1]} (${browser[0]})`);
  });

  test.each([[Browsers.ubuntu("My App")], [["My OS", "Chrome", "1"]]] as const)(
    "%j is refused by a strict server only",
    async (browser) => {
      await using strict = await MockServer.start({ strict: true });
      await using refused = new Client(strict, undefined, { browser: [...browser] });
      await refused.qr();
      await refused.sock.requestPairingCode(strict.phone({ name: "Bot" }).phoneNumber);
      await strict.journal.waitFor(({ direction, attrs }) => {
        return direction === "out" && attrs["type"] === "error";
      });
      await using lenient = await MockServer.start();
      await using client = new Client(lenient, undefined, { browser: [...browser] });
      await client.qr();
      const phone = lenient.phone();
      const code = await client.sock.requestPairingCode(phone.phoneNumber);
      await phone.enterPairingCode(code);

      await expect(
        strict.phone({ name: "Bot" }).enterPairingCode("ABCD1234", { timeoutMs: 20 }),
      ).rejects.toMatchObject({
        code: "MOCK_NO_PAIRING_REQUEST",
        message: expect.stringContaining("common browser"),
      });
      expect(strict.connections[0]?.client?.platformDisplay).toBeUndefined();
    },
  );

  test("is shown to the phone as its user will see it", async () => {
    await using server = await MockServer.start();
    await using client = new Client(server, undefined, { browser: Browsers.ubuntu("My App") });
    await client.qr();
    await client.sock.requestPairingCode(server.phone().phoneNumber);
    await server.journal.waitFor(
      ({ direction, children }) =>
        direction === "out" && children.includes("link_code_companion_reg"),
    );

    expect(server.connections[0]?.client?.platformDisplay).toBe("My App (Ubuntu)");
  });
});
