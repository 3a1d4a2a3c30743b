import { type AuthStateHandle, openAuthState } from "@motte/auth-stores";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { CleanupStack } from "@motte/core/cleanup";
import { hasCode } from "@motte/core/errors";
import { silentLogger } from "@motte/core/logger";
import { MockServer } from "@motte/mock-server";
import { type OwnershipVerdict, constant, supervise } from "@motte/reconnect";
import { makeWASocket } from "@whiskeysockets/baileys";
import { expect, test, vi } from "vitest";
import "../faults/rejections.ts";

// The libsignal inside Baileys prints whole sessions, keys included, whenever one is closed.
vi.spyOn(console, "info").mockImplementation(() => {});

const sessionId = "main";

function nothing(): void {}

test("a bot whose lease somebody else has waits for it, and one that has lost it ends its connection", async () => {
  await using cleanup = new CleanupStack();
  const server = cleanup.use(await MockServer.start({ seed: "standby" }));
  const backend = memoryBackend();
  const owner = await openAuthState({ backend, sessionId, create: "if-missing" });

  let handle: AuthStateHandle | undefined;
  let tell: (verdict: OwnershipVerdict) => void = nothing;
  const supervisor = supervise(
    ({ auth }) => makeWASocket({ ...server.baileysConfig(), auth, logger: silentLogger }),
    {
      auth: async () => {
        handle = await openAuthState({ backend, sessionId });
        handle.onFenced(() => tell("theirs"));
        return handle;
      },
      ownership: {
        // The lease decides: it cannot be opened as long as somebody else has it.
        check: async () => "mine",
        onChange: (listener) => {
          tell = listener;
          return { [Symbol.dispose]: () => {} };
        },
      },
      policy: { backoff: constant(50), replaced: { takeovers: 2, windowMs: 600_000, holdMs: 50 } },
    },
  );
  cleanup.defer(() => supervisor.stop());
  const causes: string[] = [];
  supervisor.onClose(({ disconnect, error }) => {
    const inUse = hasCode(error, "AUTH_STORE_IN_USE");
    causes.push(inUse ? "in use" : disconnect.cause);
  });
  await supervisor.start();
  await expect.poll(() => causes.length).toBeGreaterThan(1);
  expect(new Set(causes)).toEqual(new Set(["in use"]));
  expect(server.connections).toEqual([]);

  await owner.close();
  await expect.poll(() => server.connections.length, { timeout: 60_000 }).toBe(1);
  const first = handle;
  tell("theirs");
  await expect.poll(() => causes.at(-1), { timeout: 60_000 }).toBe("replaced");

  // It is not given up on: what was opened is closed, so that it can be opened anew when its time has come.
  await expect.poll(() => handle === first, { timeout: 60_000 }).toBe(false);
  await expect.poll(() => server.connections.length, { timeout: 60_000 }).toBe(1);
});
