import { DisconnectReason } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { type DisconnectCause, causes, classify } from "@motte/reconnect";
import { boom, recordings, webSocketError } from "./support/disconnect-errors.ts";
import { expectedCauses } from "./support/expected-causes.ts";

const causeOf = (...input: Parameters<typeof classify>): DisconnectCause =>
  classify(...input).cause;

const failure = (attrs: Record<string, string>): Error | undefined =>
  boom({ statusCode: Number(attrs["reason"]), message: "Connection Failure", data: attrs });

const streamError = (statusCode: number, data: unknown): Error | undefined =>
  boom({ statusCode, message: "Stream Errored (unknown)", data });

const conflict = (statusCode: number): Error | undefined =>
  boom({
    statusCode,
    message: "Stream Errored (conflict)",
    data: { tag: "conflict", attrs: {} },
  });

const plainCopy = (error: Error): unknown => {
  const own: Record<string, unknown> = Object.fromEntries(Object.entries(error));
  return { ...own, message: error.message };
};

const deny = (): never => {
  throw new Error("hostile");
};

describe("a recorded disconnect", () => {
  it("has an expectation, and every expectation a recording", () => {
    expect(Object.keys(expectedCauses).toSorted()).toEqual(Object.keys(recordings).toSorted());
  });

  const closes = Object.entries(recordings).filter(([, { NOCLOSE }]) => NOCLOSE !== true);
  test.each(closes)("%s", (name, recording) => {
    expect(causeOf(boom(recording))).toBe(expectedCauses[name]);
  });

  test.each(closes)("%s, as a wrapper or as a plain copy, means the same", (_name, recording) => {
    const error = boom(recording);
    const copy = error === undefined ? undefined : plainCopy(error);
    const direct = classify(error);

    expect(classify({ error, date: new Date(0) })).toEqual(direct);
    expect(classify(structuredClone(copy))).toEqual(direct);
  });
});

describe("a refused login", () => {
  it("says how long a ban lasts in milliseconds, from seconds on the wire", () => {
    const ban = classify(failure({ reason: "402", code: "101", expire: "3600" }));

    expect(ban).toMatchObject({ retryAfterMs: 3_600_000, banCode: 101, credentials: "keep" });
  });

  it.each([{}, { expire: "" }, { expire: "soon" }, { expire: "-1" }, { expire: "1795000000000" }])(
    "does not make up the end of a ban from %j",
    (attrs) => {
      const ban = classify(failure({ reason: "402", code: "104", ...attrs }));

      expect(ban.cause).toBe("temp-banned");
      expect(ban).not.toHaveProperty("retryAfterMs");
    },
  );

  it("keeps the notice of a locked account, without phone numbers", () => {
    const locked = classify(
      failure({
        reason: "403",
        logout_message_header: "Locked",
        logout_message_subtext: "Ask +5511987654321",
      }),
    );

    expect(locked.notice).toEqual({ header: "Locked", subtext: "Ask +…21" });
    expect(locked.credentials).toBe("hold");
  });

  it("is a stale pairing when 401 meets credentials that were never paired", () => {
    const unpaired = classify(failure({ reason: "401" }), { paired: false });
    const paired = classify(failure({ reason: "401" }), { paired: true });

    expect(unpaired).toMatchObject({ cause: "stale-pairing", credentials: "reset" });
    expect(paired).toMatchObject({ cause: "logged-out", credentials: "revoked" });
  });
});

describe("a stream error", () => {
  it.each([
    [401, "logged-out"],
    [403, "account-locked"],
    [405, "client-outdated"],
    [418, "stream-unknown"],
  ] as const)("with code %i is %s", (code, cause) => {
    const data = { tag: "stream:error", attrs: { code: String(code) } };

    expect(causeOf(streamError(code, data))).toBe(cause);
  });

  it("with code 402 carries the ban's end", () => {
    const data = { tag: "stream:error", attrs: { code: "402", expire: "60" } };

    expect(classify(streamError(402, data))).toMatchObject({
      cause: "temp-banned",
      origin: "stream",
      retryAfterMs: 60_000,
    });
  });

  it("about a conflict of unknown kind revokes nothing", () => {
    expect(causeOf(conflict(440))).toBe("replaced");
    expect(causeOf(conflict(401))).toBe("unverified-401");
  });
});

describe("an error that Baileys or the network makes", () => {
  it.each([
    ["Connection Terminated", 428, "socket-closed"],
    ["Connection Closed", 428, "socket-closed"],
    ["Connection was lost", 408, "connection-lost"],
    ["Timed Out", 408, "connect-timeout"],
    ["noise certificate signature invalid", 400, "noise-cert-invalid"],
    ["invalid noise leaf certificate", 400, "noise-cert-invalid"],
    ["certification match failed", 400, "noise-cert-invalid"],
    ["Invalid account signature", 500, "pair-failed"],
    ["Failed to verify account signature", 500, "pair-failed"],
    ["Missing device-identity or device in pair success node", 500, "pair-failed"],
  ] as const)('"%s" (%i) is %s', (message, statusCode, cause) => {
    expect(causeOf(boom({ message, statusCode, data: null }))).toBe(cause);
  });

  it("that is a plain Error of the Noise handshake is unknown", () => {
    expect(causeOf(new Error("index out of range: 3 + 100 > 8"))).toBe("unknown");
  });

  it.each([
    ["Opening handshake has timed out", undefined, 408, "connect-timeout"],
    ["getaddrinfo ENOTFOUND web.example", "ENOTFOUND", 408, "offline"],
    ["getaddrinfo EAI_AGAIN web.example", "EAI_AGAIN", 408, "offline"],
    ["connect ENETUNREACH", "ENETUNREACH", 408, "offline"],
    ["connect EHOSTUNREACH", "EHOSTUNREACH", 408, "offline"],
    ["connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED", 408, "unreachable"],
    ["connect ETIMEDOUT 127.0.0.1:1", "ETIMEDOUT", 408, "unreachable"],
    ["socket hang up", "ECONNRESET", 408, "unreachable"],
    ["self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT", 500, "tls-error"],
    ["Hostname does not match", "ERR_TLS_CERT_ALTNAME_INVALID", 408, "tls-error"],
    ["write EPROTO", "EPROTO", 408, "tls-error"],
    ["Invalid WebSocket frame: RSV1 must be clear", "WS_ERR_UNEXPECTED_RSV_1", 500, "ws-protocol"],
    ["Unexpected server response: 403", undefined, 403, "edge-refused"],
    ["Unexpected server response: 502", undefined, 502, "edge-unavailable"],
  ] as const)("WebSocket Error (%s) %s %i is %s", (text, code, statusCode, cause) => {
    expect(causeOf(webSocketError(text, code, statusCode))).toBe(cause);
  });

  it("that is a bare number is read as a WebSocket close code or as a status", () => {
    expect(classify(1006)).toMatchObject({ cause: "socket-closed", wsCode: 1006 });
    expect(causeOf(DisconnectReason.restartRequired)).toBe("restart-required");
    expect(causeOf(DisconnectReason.loggedOut)).toBe("unverified-401");
  });
});

describe("what the caller knows", () => {
  it.each([
    [429, "rate-limited"],
    [401, "edge-refused"],
    [403, "edge-refused"],
    [407, "edge-refused"],
    [451, "edge-refused"],
    [500, "edge-unavailable"],
    [503, "edge-unavailable"],
    [200, "edge-unexpected"],
    [302, "edge-unexpected"],
    [404, "edge-unexpected"],
  ] as const)("of an upgrade refused with %i makes it %s", (status, cause) => {
    const disconnect = classify(new Error("refused"), { http: { status, retryAfterMs: 7_000 } });

    expect(disconnect).toMatchObject({
      cause,
      origin: "http",
      code: status,
      credentials: "keep",
      retryAfterMs: 7_000,
    });
  });

  it("beats the error: an intent first, then the HTTP answer, then a watchdog", () => {
    const logout = boom({ statusCode: 401, message: "bye", data: null });

    expect(causeOf(logout, { intent: "logout" })).toBe("local-logout");
    expect(causeOf(logout, { intent: "stop", watchdog: "zombie" })).toBe("local-stop");
    expect(causeOf(logout, { http: { status: 503 }, watchdog: "zombie" })).toBe("edge-unavailable");
    expect(classify(logout, { watchdog: "connect-timeout" })).toMatchObject({
      cause: "connect-timeout",
      origin: "watchdog",
    });
    expect(classify(logout, { watchdog: "factory-error" }).origin).toBe("factory");
  });

  it("of last words that Baileys cannot read names a refusal that nobody knows, and revokes nothing", () => {
    const noReason = { tag: "failure", code: "later" } as const;
    const noCode = { tag: "stream:error", code: "42" } as const;
    const terminated = new Error("Connection Terminated");

    expect(classify(terminated, { stanza: noReason, watchdog: "connect-timeout" })).toMatchObject({
      cause: "failure-unknown",
      origin: "failure",
      credentials: "keep",
      stanza: noReason,
    });
    expect(classify(terminated, { stanza: noCode, wsClose: { code: 1005 } })).toMatchObject({
      cause: "stream-unknown",
      origin: "stream",
      credentials: "keep",
      stanza: noCode,
      wsCode: 1005,
    });
    expect(classify(terminated, { stanza: noReason, watchdog: "replaced" }).cause).toBe("replaced");
    expect(classify(terminated, { stanza: noReason, intent: "stop" }).cause).toBe("local-stop");
  });

  it("of the close code is kept beside a cause that lost it", () => {
    const closed = boom({ statusCode: 428, message: "Connection Terminated", data: null });

    expect(classify(closed, { wsClose: { code: 1013 } }).wsCode).toBe(1013);
  });
});

describe("classify", () => {
  it("knows every number in the DisconnectReason of the installed Baileys", () => {
    const numbers = Object.values(DisconnectReason).filter((value) => typeof value === "number");
    const names = Object.fromEntries(
      Object.entries(DisconnectReason).filter(([, value]) => typeof value === "number"),
    );

    expect(names).toEqual({
      connectionClosed: 428,
      connectionLost: 408,
      connectionReplaced: 440,
      timedOut: 408,
      loggedOut: 401,
      badSession: 500,
      restartRequired: 515,
      multideviceMismatch: 411,
      forbidden: 403,
      unavailableService: 503,
    });
    for (const statusCode of numbers) {
      expect(causes[causeOf(failure({ reason: String(statusCode) }))]).toBeDefined();
    }
  });

  it("never throws and always names a cause of the table", () => {
    const messages = fc.constantFrom(
      "Connection Failure",
      "Stream Errored (conflict)",
      "Stream Errored (",
      "WebSocket Error (x)",
      "Timed Out",
    );
    const nearlyBoom = fc.record(
      {
        message: fc.oneof(messages, fc.string(), fc.anything()),
        output: fc.oneof(fc.record({ statusCode: fc.anything() }), fc.anything()),
        data: fc.oneof(fc.record({ tag: fc.anything(), attrs: fc.anything() }), fc.anything()),
        error: fc.anything(),
        date: fc.anything(),
      },
      { requiredKeys: [] },
    );
    const anything = fc.oneof(nearlyBoom, fc.anything({ withNullPrototype: true }));

    fc.assert(
      fc.property(anything, fc.option(fc.boolean(), { nil: undefined }), (error, paired) => {
        const disconnect = classify(error, paired === undefined ? {} : { paired });

        expect(causes[disconnect.cause].credentials).toBe(disconnect.credentials);
        expect(typeof disconnect.message).toBe("string");
        expect(JSON.parse(JSON.stringify(disconnect))).toEqual(disconnect);
      }),
    );
  });

  it("learns nothing from an object that throws when looked at", () => {
    const hostile = new Proxy({}, { get: deny, has: deny });

    expect(classify(hostile).cause).toBe("unknown");
    expect(classify({ error: hostile, date: new Date(0) }).cause).toBe("unknown");
  });

  it.each([-0, Number.NaN, Infinity])("stays JSON when the status is %d", (statusCode) => {
    const disconnect = classify(boom({ statusCode, message: "odd" }));

    expect(JSON.parse(JSON.stringify(disconnect))).toEqual(disconnect);
    expect(JSON.parse(JSON.stringify(classify(statusCode)))).toEqual(classify(statusCode));
  });

  it("calls no credentials revoked over HTTP, TLS, WebSocket or network evidence", () => {
    const codes = fc.constantFrom(
      undefined,
      "ENOTFOUND",
      "ECONNREFUSED",
      "EPROTO",
      "CERT_HAS_EXPIRED",
      "WS_ERR_INVALID_OPCODE",
      "EWHATEVER",
    );
    const statuses = fc.integer({ min: 100, max: 599 });

    fc.assert(
      fc.property(fc.string(), codes, statuses, (text, code, status) => {
        expect(classify(webSocketError(text, code, status))).toHaveProperty("credentials", "keep");
        expect(classify(new Error(text), { http: { status } })).toHaveProperty(
          "credentials",
          "keep",
        );
        expect(classify(status)).toHaveProperty("credentials", "keep");
        expect(classify(boom({ message: `x${text}`, statusCode: status }))).toHaveProperty(
          "credentials",
          "keep",
        );
      }),
    );
  });

  it("hides phone numbers in the message", () => {
    expect(classify(new Error("cannot send to 5511987654321")).message).toBe("cannot send to …21");
  });
});

describe("the table of causes", () => {
  it("describes each cause in sentences", () => {
    for (const { meaning, action } of Object.values(causes)) {
      expect(meaning).toMatch(/^[A-Z].*\.$/);
      expect(action).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("lets no rule connect again by itself with revoked, held or foreign credentials", () => {
    const families = Object.values(causes)
      .filter(({ credentials }) => credentials === "revoked" || credentials === "hold")
      .map(({ rule }) => rule.family);

    expect(new Set(families)).toEqual(new Set(["hold", "stop"]));
  });
});
