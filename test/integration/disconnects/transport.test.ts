import type { IncomingMessage } from "node:http";
import { useMemoryAuthState } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import { MockServer } from "@motte/mock-server";
import type { ClassifyContext } from "@motte/reconnect";
import { expect, test } from "vitest";
import { CLIENT_LIMITS, type ClientOptions, WatchedClient } from "../faults/watched-client.ts";
import { type ByFault, readingIn, readingOf } from "./disconnect-row.ts";
import { strangers } from "./strangers.ts";
import { type ByTransport, transportRows } from "./transport.rows.ts";

// A socket that has not ended by then has lost the timer that would end it.
const NEVER_MS = 1.5 * CLIENT_LIMITS.connectTimeoutMs;
const CLOSE_MS = 60_000;

test.concurrent.each(transportRows)("$name", async (row) => {
  const { by, reports, knowing } = row;
  await using cleanup = new CleanupStack();
  const client = await connecting(by, cleanup);
  const refusal = refusalOf(client);

  const waitMs = reports === undefined ? NEVER_MS : CLOSE_MS;
  await client.becomes(() => client.ending !== undefined, waitMs);

  const context = knowing && { http: await refusal };
  expect(context).toEqual(knowing?.context);
  expect(readingOf(client.ending, context)).toEqual(readingIn(row));
});

async function connecting(by: ByTransport, cleanup: CleanupStack): Promise<WatchedClient> {
  const server = cleanup.use(await MockServer.start());
  const auth = cleanup.use(await useMemoryAuthState());
  const client = (options: ClientOptions): WatchedClient => {
    const made = new WatchedClient(server, auth, options);
    cleanup.defer(() => made.dispose());
    return made;
  };
  if ("stranger" in by) {
    const { url } = cleanup.use(await strangers[by.stranger]());
    return client({ waWebSocketUrl: url });
  }
  const { secure = false, whileConnected = false } = by;
  if (!whileConnected) breakIt(by, server);
  const connected = client({ secure });
  if (whileConnected) {
    await connected.becomes(() => connected.qr !== undefined, CLOSE_MS);
    breakIt(by, server);
  }
  return connected;
}

function breakIt({ fault, settings }: ByFault, server: MockServer): void {
  server.fault<typeof fault>(fault, settings);
}

/** What was answered instead of 101, which Baileys drops. */
function refusalOf({ sock }: WatchedClient): Promise<NonNullable<ClassifyContext["http"]>> {
  return new Promise((resolve) => {
    sock.ws.on("unexpected-response", (_request: unknown, response: IncomingMessage) => {
      const { statusCode = 0, headers } = response;
      resolve({ status: statusCode, retryAfterMs: Number(headers["retry-after"]) * 1_000 });
    });
  });
}
