import type { IncomingMessage } from "node:http";
import { useMemoryAuthState } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import { MockServer } from "@motte/mock-server";
import { type ClassifyContext, classify } from "@motte/reconnect";
import { describe, expect, test } from "vitest";
import { CLIENT_LIMITS, WatchedClient } from "../faults/watched-client.ts";
import { type ByFault, reported } from "./disconnect-row.ts";
import { strangers } from "./strangers.ts";
import { type ByTransport, transportRows } from "./transport.rows.ts";

// A socket that has not ended by then has lost the timer that would end it.
const NEVER_MS = 1.5 * CLIENT_LIMITS.connectTimeoutMs;
const CLOSE_MS = 20_000;

describe("the end of a connection, over the wire", () => {
  test.concurrent.each(transportRows)("$name", async ({ by, reports, cause, knowing }) => {
    await using cleanup = new CleanupStack();
    const client = await connecting(by, cleanup);
    const refused = refusalOf(client);

    await client.becomes(
      () => client.ending !== undefined,
      reports === undefined ? NEVER_MS : CLOSE_MS,
    );

    const { ending } = client;
    expect(ending && reported(ending.error)).toEqual(reports);
    if (cause !== undefined) expect(classify(ending?.error).cause).toBe(cause);
    if (knowing !== undefined) {
      const http = await refused;
      expect({ http }).toEqual(knowing.context);
      expect(classify(ending?.error, { http }).cause).toBe(knowing.cause);
    }
  });

  test("a login that was never finished is refused with 401, and that revokes nothing", async () => {
    await using cleanup = new CleanupStack();
    const server = cleanup.use(await MockServer.start());
    const auth = cleanup.use(await useMemoryAuthState());
    const phone = server.phone();
    const first = new WatchedClient(server, auth);
    cleanup.defer(() => first.dispose());
    await first.becomes(() => first.qr !== undefined, CLOSE_MS);
    await first.sock.requestPairingCode(phone.phoneNumber);
    await first.dispose();

    const second = new WatchedClient(server, auth);
    cleanup.defer(() => second.dispose());
    await second.becomes(() => second.ending !== undefined, CLOSE_MS);

    const error = second.ending?.error;
    expect(reported(error)).toMatchObject({ statusCode: 401, message: "Connection Failure" });
    const paired = auth.state.creds.account !== undefined;
    expect(classify(error, { paired })).toMatchObject({
      cause: "stale-pairing",
      credentials: "reset",
    });
  });
});

async function connecting(by: ByTransport, cleanup: CleanupStack): Promise<WatchedClient> {
  const server = cleanup.use(await MockServer.start());
  const auth = cleanup.use(await useMemoryAuthState());
  let options = {};
  if ("stranger" in by) {
    const { url } = cleanup.use(await strangers[by.stranger]());
    options = { waWebSocketUrl: url };
  } else {
    options = server.baileysConfig({ secure: by.secure ?? false });
    if (by.whileConnected !== true) breakIt(by, server);
  }
  const client = new WatchedClient(server, auth, options);
  cleanup.defer(() => client.dispose());
  if ("fault" in by && by.whileConnected === true) {
    await client.becomes(() => client.qr !== undefined, CLOSE_MS);
    breakIt(by, server);
  }
  return client;
}

function breakIt({ fault, settings }: ByFault, server: MockServer): void {
  server.fault<typeof fault>(fault, settings);
}

/** What the edge answered instead of 101, which Baileys drops. */
function refusalOf({ sock }: WatchedClient): Promise<NonNullable<ClassifyContext["http"]>> {
  return new Promise((resolve) => {
    sock.ws.on("unexpected-response", (_request: unknown, response: IncomingMessage) => {
      const { statusCode = 0, headers } = response;
      resolve({ status: statusCode, retryAfterMs: Number(headers["retry-after"]) * 1_000 });
    });
  });
}
