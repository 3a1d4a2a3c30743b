import { Agent } from "node:https";
import { rootCertificates } from "node:tls";
import { type AuthStateHandle, openAuthState } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import { type Clock, systemClock } from "@motte/core/clock";
import { silentLogger } from "@motte/core/logger";
import {
  type DisconnectCause,
  type Supervisor,
  type SuperviseOptions,
  causes,
  supervise,
} from "@motte/reconnect";
import { Browsers, makeWASocket } from "@whiskeysockets/baileys";
import { keyOption } from "../stores/key-options.ts";
import { openStore } from "../stores/open-store.ts";
import { parseStoreName } from "../stores/store-name.ts";
import type { PairingNews, PairingOutcome, PairingRequest } from "./pairing-news.ts";

export interface PairAccountOptions {
  readonly tell: (news: PairingNews) => void;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

// A person is looking: whoever cannot be reached in three tries is told about, not waited for.
const MOST_FAILURES = 3;
// Baileys waits 20 s for a phone that sends no history (chats.js, AwaitingInitialSync), and syncs after that.
const FIRST_SYNC_MS = 30_000;

/**
 * Pairs a session that is not paired yet, and closes it again. Aborting the signal ends that in order, at any time.
 *
 * The connection is kept until the phone has sent what it sends a new device: one that is cut off before has its first
 * messages held back at the next login.
 */
export async function pairAccount(
  request: PairingRequest,
  { tell, signal, clock = systemClock }: PairAccountOptions,
): Promise<PairingOutcome> {
  const { sessionId, phoneNumber } = request;
  await using cleanup = new CleanupStack();
  const key = await keyOption(request.keys, "");
  const backend = cleanup.use(await openStore(parseStoreName(request.store), "make"));
  const auth = cleanup.use(
    await openAuthState({
      backend,
      sessionId,
      create: "if-missing",
      ...(key !== undefined && { encryption: { key } }),
    }),
  );
  if (signal.aborted) return { outcome: "interrupted" };
  const supervisor = supervise(socketFactory(request, auth), {
    saveCreds: auth.saveCreds,
    policy: { maxAttempts: MOST_FAILURES },
    ...(phoneNumber !== undefined && { pairing: { phoneNumber } }),
  } satisfies SuperviseOptions);
  cleanup.defer(() => supervisor.stop());

  tellSteps(supervisor, tell);
  const ended = endOf(supervisor, auth, signal);
  await supervisor.start();
  const outcome = await ended;
  if (outcome.outcome !== "paired") return outcome;
  const synced = await firstSync(supervisor, auth, { signal, clock });
  // Everything is on disk before anybody hears that it is.
  await cleanup.dispose();
  const { me } = auth.state.creds;
  tell({ state: "paired", id: me?.id ?? "", lid: me?.lid, synced });
  return outcome;
}

function socketFactory(
  { url, ca }: PairingRequest,
  auth: AuthStateHandle,
): () => ReturnType<typeof makeWASocket> {
  const agent = ca === undefined ? undefined : new Agent({ ca: [...rootCertificates, ca] });
  return () =>
    makeWASocket({
      auth: auth.state,
      makeSignalRepository: auth.makeSignalRepository,
      logger: silentLogger,
      // The server refuses to pair by code with a browser it does not know.
      browser: Browsers.macOS("Google Chrome"),
      ...(url !== undefined && { waWebSocketUrl: url }),
      ...(agent !== undefined && { agent, fetchAgent: agent }),
      // Whoever pairs does not read, so the phone goes on ringing.
      markOnlineOnConnect: false,
    });
}

function tellSteps(supervisor: Supervisor, tell: (news: PairingNews) => void): void {
  supervisor.onStateChange(({ to }) => {
    if (to === "connecting") tell({ state: "connecting" });
  });
  supervisor.onQR(({ qr, window, expiresAtMs }) =>
    tell({ state: "qr", qr, window, expiresAt: new Date(expiresAtMs).toISOString() }),
  );
  supervisor.onPairingCode(({ code, window, expiresAtMs }) =>
    tell({
      state: "pairing-code",
      code: `${code.slice(0, 4)}-${code.slice(4)}`,
      window,
      expiresAt: new Date(expiresAtMs).toISOString(),
    }),
  );
  supervisor.onClose(({ disconnect: { cause, code } }) => {
    if (cause === "local-stop") return;
    tell({ state: "closed", cause, code, meaning: causes[cause].meaning });
  });
  supervisor.onRetry(({ delayMs }) => {
    if (delayMs > 0) tell({ state: "waiting", delayMs });
  });
  supervisor.onOpen(() => tell({ state: "open" }));
  supervisor.onInternalError(({ error }) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    const message = error instanceof Error ? error.message : String(error);
    tell({ state: "problem", code, message });
  });
}

/** Resolves when the account is logged in for the first time, or when nothing more is tried. */
function endOf(
  supervisor: Supervisor,
  auth: AuthStateHandle,
  signal: AbortSignal,
): Promise<PairingOutcome> {
  return new Promise((resolve, reject) => {
    // The supervisor's own sentence speaks of waiting for somebody, and this command ends.
    const givenUp = ({ cause }: { readonly cause: DisconnectCause }): void =>
      resolve({ outcome: "given-up", code: cause, message: causes[cause].meaning });
    supervisor.onOpen(() => resolve({ outcome: "paired" }));
    supervisor.onHold(givenUp);
    supervisor.onGiveUp(givenUp);
    auth.onFenced(reject);
    signal.addEventListener("abort", () => resolve({ outcome: "interrupted" }), { once: true });
  });
}

/** Resolves with whether the first sync has come to its end: not when that takes too long, or the signal aborts. */
function firstSync(
  supervisor: Supervisor,
  auth: AuthStateHandle,
  { signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock },
): Promise<boolean> {
  const isSynced = (): boolean => auth.state.creds.accountSyncCounter > 0;
  return new Promise((resolve) => {
    const done = (): void => {
      timer[Symbol.dispose]();
      resolve(isSynced());
    };
    const timer = clock.after(FIRST_SYNC_MS, done, { keepAlive: true });
    supervisor.ev.on("creds.update", () => {
      if (isSynced()) done();
    });
    supervisor.onGiveUp(done);
    signal.addEventListener("abort", done, { once: true });
    if (isSynced() || signal.aborted) done();
  });
}
