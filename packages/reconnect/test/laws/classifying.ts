import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { DisconnectCause } from "@motte/reconnect";
import { boom, recordings, webSocketError } from "../support/disconnect-errors.ts";
import { expectedCauses } from "../support/expected-causes.ts";
import type { Law } from "./law.ts";

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
const hostile = new Proxy(
  {},
  {
    get: () => {
      throw new Error("hostile");
    },
    has: () => {
      throw new Error("hostile");
    },
  },
);
const anything = fc.oneof(nearlyBoom, fc.anything({ withNullPrototype: true }));

export const classifyIsTotal: Law = {
  name: "whatever is thrown, it is classified as one of the known causes and never throws",
  check: ({ classify, causes }, runs = {}) => {
    for (const error of [hostile, { error: hostile, date: 0 }, { message: "", data: hostile }]) {
      assert.equal(classify(error).cause, "unknown");
    }
    fc.assert(
      fc.property(anything, fc.option(fc.boolean(), { nil: undefined }), (error, paired) => {
        const disconnect = classify(error, paired === undefined ? {} : { paired });

        assert.equal(causes[disconnect.cause].credentials, disconnect.credentials);
        assert.equal(typeof disconnect.message, "string");
        assert.deepEqual(JSON.parse(JSON.stringify(disconnect)), disconnect);
      }),
      runs,
    );
  },
};

const names = fc.constantFrom(...Object.keys(recordings));

export const everyShapeIsRead: Law = {
  name: "an error, its `lastDisconnect` and its plain copy mean the same",
  check: ({ classify }, runs = {}) => {
    fc.assert(
      fc.property(names, (name) => {
        const error = boom(recordings[name] ?? {});
        if (error === undefined) return;
        const own: Record<string, unknown> = Object.fromEntries(Object.entries(error));
        const copy: unknown = { ...own, message: error.message };
        const plain = classify(error);

        assert.deepEqual(classify({ error, date: new Date(0) }), plain);
        assert.deepEqual(classify(JSON.parse(JSON.stringify(copy))), plain);
        assert.deepEqual(classify({ error: copy, date: "1970-01-01T00:00:00.000Z" }), plain);
      }),
      { ...runs, numRuns: 200 },
    );
  },
};

export const recordingsKeepTheirMeaning: Law = {
  name: "every recorded disconnect means what it meant",
  check: ({ classify }) => {
    for (const [name, cause] of Object.entries(expectedCauses)) {
      if (cause === undefined) continue;
      assert.equal(classify(boom(recordings[name] ?? {})).cause, cause, name);
    }
  },
};

// Written out, because the table of causes is what may be wrong.
const REVOKED: ReadonlySet<DisconnectCause> = new Set([
  "logged-out",
  "device-removed",
  "account-banned",
  "local-logout",
]);

export const networksRevokeNothing: Law = {
  name: "nothing from HTTP, TLS, a WebSocket or the network revokes credentials",
  check: ({ classify }, runs = {}) => {
    const codes = fc.constantFrom(
      undefined,
      "ENOTFOUND",
      "ECONNREFUSED",
      "EPROTO",
      "CERT_HAS_EXPIRED",
      "WS_ERR_INVALID_OPCODE",
      "EWHATEVER",
    );
    const statuses = fc.oneof(
      fc.constantFrom(401, 403, 406, 440, 516),
      fc.integer({ min: 100, max: 599 }),
    );
    fc.assert(
      fc.property(fc.string(), codes, statuses, (text, code, status) => {
        for (const { cause, credentials } of [
          classify(webSocketError(text, code, status)),
          classify(webSocketError(`Unexpected server response: ${status}`, code, status)),
          classify(new Error(text), { http: { status } }),
          classify(status),
          classify(boom({ message: `x${text}`, statusCode: status })),
        ]) {
          assert.ok(!REVOKED.has(cause), cause);
          assert.equal(credentials, "keep");
        }
      }),
      runs,
    );
  },
};
