import { UsageError } from "@motte/core/errors";
import type { CommandContext, OptionValues } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { Interrupted } from "../interrupted.ts";
import { isGiven, textOption } from "../option-values.ts";
import { keyOption, typedKeyName } from "../stores/key-options.ts";
import { openStore } from "../stores/open-store.ts";
import { assertOwn, parseStoreName } from "../stores/store-name.ts";
import { pairInThread } from "./in-thread.ts";
import { type FreeSession, makeRoom } from "./paired-before.ts";
import type { PairingOutcome } from "./pairing-news.ts";
import type { QrForm } from "./qr-forms.ts";
import { pairingServer } from "./server.ts";
import { Teller } from "./tell.ts";

export interface PairingCall {
  readonly store: string;
  /** The digits of the number to pair by code; without it, by QR code. */
  readonly phoneNumber: string | undefined;
  readonly qrForm: QrForm;
  readonly values: OptionValues;
}

/** Pairs a session and tells every step. What can be refused is, before anything is connected to. */
export async function runPairing(call: PairingCall, context: CommandContext): Promise<number> {
  const { store, phoneNumber, qrForm, values } = call;
  const { signal } = context;
  assertOwn(parseStoreName(store));
  const server = await pairingServer({
    url: textOption(values, "url"),
    caFile: textOption(values, "ca-file"),
    readyFile: textOption(values, "ready-file"),
  });
  const place = await preparePlace(call, signal);
  const showNumbers = isGiven(values, "show-numbers");
  const teller = new Teller({ ...context, qrForm, showNumbers });
  teller.begin(place, { url: server.url, phoneNumber });
  const request = { store, sessionId: place.sessionId, keys: keyNames(values), phoneNumber };
  const outcome = await pairInThread(
    { ...request, ...server },
    { tell: (news) => teller.tell(news), signal },
  );
  return exitCode(outcome);
}

async function preparePlace(
  { store, values }: PairingCall,
  signal: AbortSignal,
): Promise<FreeSession & { readonly location: string }> {
  const name = parseStoreName(store);
  const key = await keyOption(values, "");
  await using backend = await openStore(name, "make");
  const free = await makeRoom(backend, {
    name,
    key,
    replace: isGiven(values, "replace"),
    backupFolder: textOption(values, "backup"),
    showNumbers: isGiven(values, "show-numbers"),
    signal,
  });
  return { ...free, location: backend.location };
}

function keyNames(values: OptionValues): Record<string, string> {
  const names = ["key-file", "key-env", typedKeyName("")].flatMap((name) => {
    const value = textOption(values, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(names);
}

function exitCode(ended: PairingOutcome): number {
  switch (ended.outcome) {
    case "paired":
      return EXIT.ok;
    case "interrupted":
      throw new Interrupted(
        "Interrupted before the first login. The store is as it should be: the same call begins again, or says that " +
          "the phone had linked it already",
      );
    case "given-up":
      throw withCode(`Not paired: ${ended.message}`, ended.code);
    case "failed":
      if (ended.code?.startsWith("USAGE_") === true) {
        throw new UsageError("USAGE_INVALID_OPTION", ended.message);
      }
      throw withCode(ended.message, ended.code);
  }
}

// Errors lose their class on the way out of a thread, and what comes of them goes by their code.
function withCode(message: string, code: string | undefined): Error {
  return Object.assign(new Error(message), { code });
}
