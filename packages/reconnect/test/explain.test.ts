import { DisconnectReason } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DisconnectCause, causes, classify, explain } from "@motte/reconnect";
import { boom, recordings } from "./support/disconnect-errors.ts";

const names = Object.keys(causes) as DisconnectCause[];
const causesOf = (what: unknown): DisconnectCause[] =>
  explain(what).causes.map(({ cause }) => cause);

describe("explain", () => {
  it.each(names)("explains %s: what it means, what happens and what to do", (cause) => {
    const { causes: explained, text } = explain(cause);

    expect(explained).toHaveLength(1);
    expect(explained[0]).toMatchObject({ cause, ...causes[cause] });
    expect(explained[0]?.advice).toMatch(/^[A-Z].*\.$/);
    expect(text).toContain(causes[cause].meaning);
    expect(text).toContain(explained[0]?.advice);
  });

  // What `<stream:error>`, `<failure>`, a refused upgrade and Baileys itself put behind each number.
  it.each<[number, DisconnectCause[]]>([
    [400, ["failure-unknown", "noise-cert-invalid"]],
    [402, ["temp-banned"]],
    [403, ["account-locked", "edge-refused"]],
    [405, ["client-outdated"]],
    [406, ["account-banned"]],
    [409, ["bad-user-agent", "replaced"]],
    [411, ["multidevice-mismatch"]],
    [413, ["cat-rejected"]],
    [414, ["cat-rejected"]],
    [415, ["failure-unknown"]],
    [418, ["failure-unknown"]],
    [428, ["socket-closed", "stream-ended"]],
    [429, ["rate-limited"]],
    [440, ["replaced", "device-removed"]],
    [501, ["server-error"]],
    [503, ["service-unavailable", "edge-unavailable"]],
    [515, ["restart-required"]],
    [516, ["device-removed"]],
    [1006, ["socket-closed"]],
    [777, ["unknown"]],
  ])("lists all that %d can mean", (code, expected) => {
    expect(causesOf(code)).toEqual(expected);
    expect(causesOf(String(code))).toEqual(expected);
  });

  it("lists the many meanings of 401, 408 and 500, the usual one first", () => {
    expect(causesOf(401)[0]).toBe("logged-out");
    expect(causesOf(401)).toEqual(
      expect.arrayContaining(["device-removed", "stale-pairing", "local-logout"]),
    );
    expect(causesOf(408)).toEqual(
      expect.arrayContaining(["connection-lost", "connect-timeout", "offline", "qr-expired"]),
    );
    expect(causesOf(500)).toEqual(
      expect.arrayContaining(["server-error", "ack-owed", "bad-xml", "tls-error"]),
    );
  });

  it.each(Object.entries(DisconnectReason).filter(([, code]) => typeof code === "number"))(
    "knows Baileys' %s (%s)",
    (_, code) => {
      expect(causesOf(code)).not.toContain("unknown");
    },
  );

  it.each([463, 479])("says that %d is no disconnect", (code) => {
    expect(explain(code)).toMatchObject({ code, causes: [] });
    expect(explain(code).text).toContain("Not a disconnect");
  });

  it.each(Object.keys(recordings).filter((name) => recordings[name]?.NOCLOSE !== true))(
    "explains the recorded %s as classify reads it, among what its number can mean",
    (name) => {
      const error = boom(recordings[name] ?? {});
      const { cause, code } = classify(error);

      expect(causesOf(error)).toEqual([cause]);
      expect(causesOf(code ?? cause)).toContain(cause);
    },
  );

  it("takes a disconnect, also one that was logged as JSON", () => {
    const disconnect = classify(boom({ statusCode: 428, message: "Connection Terminated" }));

    expect(explain(JSON.parse(JSON.stringify(disconnect)))).toEqual(explain(disconnect));
    expect(explain(disconnect)).toMatchObject({ code: 428, causes: [{ cause: "socket-closed" }] });
  });

  it("does not repeat a number that JSON does not have", () => {
    expect(explain({ cause: "zombie", code: Number.NaN })).not.toHaveProperty("code");
    expect(explain(-0).code).toBe(0);
  });

  it("has an answer for everything, as plain JSON", () => {
    fc.assert(
      fc.property(fc.anything(), (what) => {
        const answer = explain(what);

        expect(answer.text).not.toBe("");
        expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
      }),
    );
  });
});
