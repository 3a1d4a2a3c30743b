import { hasCode } from "@motte/core/errors";
import type { Logger } from "@motte/core/logger";
import { describe, expect, it } from "vitest";
import { type SupervisedCreds, supervise } from "@motte/reconnect";
import { fakeStage, turnOfLoop } from "./support/fake-stage.ts";
import { FakeSocket } from "./support/fake-socket.ts";
import { record } from "./support/next.ts";

const NUMBER = "5511987654321";
const pairing = { phoneNumber: NUMBER };

/** A stanza that offers `count` QR codes, as Baileys' own handler reads it. */
function pairDevice(count: number): unknown {
  const refs = Array.from({ length: count }, () => ({ tag: "ref", attrs: {} }));
  return { tag: "iq", attrs: {}, content: [{ tag: "pair-device", attrs: {}, content: refs }] };
}

function showQr(sock: FakeSocket): void {
  sock.ev.emit("connection.update", { qr: "a code" });
}

describe("pairing with a code", () => {
  it("asks once, when the first QR code shows, and says until when the code is good", async () => {
    await using stage = await fakeStage({ pairing }, {});
    const { supervisor, clock } = stage;
    const [codes, qrs] = [record(supervisor.onPairingCode), record(supervisor.onQR)];
    const sock = await stage.socket();
    sock.ws.emit("CB:iq,type:set,pair-device", pairDevice(6));
    expect(sock.codesAsked).toBe(0);
    showQr(sock);
    await turnOfLoop();
    await clock.advance(60_000);
    showQr(sock);
    await turnOfLoop();

    // 60 s for the first of six QR codes and 20 s for each of the others.
    const expiresAtMs = 1_700_000_160_000;
    expect(codes).toEqual([{ code: "ABCD1234", window: 1, expiresAtMs }]);
    expect(sock.codesAsked).toBe(1);
    expect(qrs).toEqual([]);
    expect(supervisor.health().pairing).toEqual({ by: "code", expiresAtMs });
  });

  it("hands on a code of one's own", async () => {
    await using stage = await fakeStage({ pairing: { ...pairing, customCode: "MYBOT123" } }, {});
    const codes = record(stage.supervisor.onPairingCode);
    showQr(await stage.socket());
    await turnOfLoop();

    expect(codes).toMatchObject([{ code: "MYBOT123" }]);
  });

  it("asks again in the next window, with credentials that never saw the first", async () => {
    const creds: SupervisedCreds = {};
    const saved: SupervisedCreds[] = [];
    const saveCreds = (): void => void saved.push({ ...creds });
    await using stage = await fakeStage({ pairing, saveCreds }, creds);
    const { supervisor, clock } = stage;
    const codes = record(supervisor.onPairingCode);
    const first = await stage.socket();
    showQr(first);
    await turnOfLoop();
    expect(creds.me).toBeDefined();
    await first.end(new Error("QR refs attempts ended"));
    await turnOfLoop();

    expect(creds).toEqual({});
    expect(saved.at(-1)).toEqual({});
    await clock.advance(10_000);
    const second = await stage.socket();
    expect(second).not.toBe(first);
    showQr(second);
    await turnOfLoop();
    expect(codes).toHaveLength(2);
  });

  it.each([
    ["paired by QR code", { account: {}, registered: false }],
    ["registered by code", { registered: true }],
  ])("asks nothing for an account that is %s", async (_how, creds) => {
    await using stage = await fakeStage({ pairing }, creds);
    const sock = await stage.socket();
    showQr(sock);
    await sock.end(new Error("dropped"));

    expect(sock.codesAsked).toBe(0);
  });

  it("keeps the identity of an account that was paired meanwhile", async () => {
    const creds: SupervisedCreds = {};
    await using stage = await fakeStage({ pairing }, creds);
    const sock = await stage.socket();
    showQr(sock);
    await turnOfLoop();
    Object.assign(creds, { account: {} });
    await sock.end(new Error("Stream Errored (restart required)"));

    expect(creds.me).toEqual({ id: `${NUMBER}@s.whatsapp.net` });
  });

  it("reports a refusal, without the number in the error or the log", async () => {
    const lines: string[] = [];
    const write = (...details: unknown[]): void => void lines.push(details.map(text).join(" "));
    const logger: Logger = {
      level: "trace",
      child: () => logger,
      trace: write,
      debug: write,
      info: write,
      warn: write,
      error: write,
    };
    const sock = new FakeSocket(() => Promise.resolve());
    sock.requestPairingCode = (number) => Promise.reject(new Error(`no code for ${number}`));
    await using supervisor = supervise(() => sock, { pairing, logger });
    const errors = record(supervisor.onInternalError);
    await supervisor.start();
    await turnOfLoop();
    showQr(sock);
    await turnOfLoop();

    const [reported] = errors;
    expect(reported).toMatchObject({ where: "pairing" });
    expect(hasCode(reported?.error, "RECONNECT_PAIRING_CODE_FAILED")).toBe(true);
    expect(lines.join("\n")).toContain("no code for …21");
    expect(
      [...lines, text(reported?.error), JSON.stringify(supervisor.health())].join(),
    ).not.toContain(NUMBER);
  });

  it.each(["+5511987654321", "55 11 98765-4321", "0511987654321", "123456", "1234567890123456"])(
    "refuses %j before anything is done, without repeating it",
    (phoneNumber) => {
      const make = (): unknown => supervise(neverCalled, { pairing: { phoneNumber } });

      expect(make).toThrow(expect.objectContaining({ code: "USAGE_INVALID_OPTION" }));
      expect(make).not.toThrow(phoneNumber);
    },
  );

  it.each(["SHORT", "NINECHARS", "WITH-SIGN"])("refuses the code %s", (customCode) => {
    const make = (): unknown => supervise(neverCalled, { pairing: { ...pairing, customCode } });

    expect(make).toThrow(/customCode must be 8 letters or digits/);
  });
});

function neverCalled(): never {
  throw new Error("nothing may connect");
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return `${value.stack} ${text(value.cause)}`;
  if (typeof value === "object" && value !== null) return Object.values(value).map(text).join(" ");
  return String(value);
}
