import { redactNumbers } from "@motte/core/redact";
import { causes } from "../causes.ts";
import type { ClassifyContext, Disconnect, UnreadableStanza } from "../disconnect.ts";
import { readBaileysMessage } from "./baileys-message.ts";
import { readBareCode } from "./bare-code.ts";
import { type Evidence, readEvidence } from "./evidence.ts";
import { readFailure } from "./failure.ts";
import type { Finding } from "./finding.ts";
import { readHttpStatus } from "./http-status.ts";
import { readStreamError } from "./stream-error.ts";
import { readWebSocketError } from "./web-socket-error.ts";

/**
 * Says why a Baileys connection ended.
 *
 * Takes what Baileys hands out: a Boom, an Error, the whole `lastDisconnect`, a plain copy of one of them, a bare
 * number or nothing. Never throws, whatever it is given. Reads where the error came from and what it carries, because
 * the status code alone is ambiguous: 401 may be a logout, a refused proxy or an unfinished pairing.
 */
export function classify(error: unknown, context: ClassifyContext = {}): Disconnect {
  const evidence = readEvidence(error);
  const finding = readContext(context) ?? readError(evidence, context);
  return describe(finding, evidence, context);
}

// What the program or its watchers know for certain beats what the error says.
function readContext({ intent, http, watchdog, stanza }: ClassifyContext): Finding | undefined {
  if (intent === "logout") return { cause: "local-logout" };
  if (intent === "stop") return { cause: "local-stop" };
  if (intent === "recycle") return { cause: "recycled" };
  if (http !== undefined) return readHttpStatus(http);
  if (watchdog === "factory-error") return { cause: watchdog };
  if (stanza !== undefined && watchdog !== "replaced") return readUnreadable(stanza);
  if (watchdog !== undefined) return { cause: watchdog, origin: "watchdog" };
  return undefined;
}

// The server refused, and for a reason that nobody knows.
function readUnreadable({ tag, code }: UnreadableStanza): Finding {
  const stanza = { tag, code: redactNumbers(code) };
  if (tag === "failure") return { cause: "failure-unknown", origin: "failure", stanza };
  return { cause: "stream-unknown", origin: "stream", stanza };
}

function readError(evidence: Evidence, context: ClassifyContext): Finding {
  if (evidence.nothing) return { cause: "local-end" };
  return (
    readStreamError(evidence) ??
    readFailure(evidence, context) ??
    readWebSocketError(evidence) ??
    readBaileysMessage(evidence) ??
    readBareCode(evidence)
  );
}

type Described = { -readonly [Key in keyof Disconnect]: Disconnect[Key] };

function describe(finding: Finding, evidence: Evidence, context: ClassifyContext): Disconnect {
  const { cause } = finding;
  const { origin, credentials } = causes[cause];
  const code = context.http?.status ?? evidence.statusCode;
  const wsCode = finding.wsCode ?? context.wsClose?.code;
  const message = redactNumbers(evidence.message);
  // V8 takes microseconds to spread what may be missing, and a server that goes away is described once per session.
  const disconnect: Described = Object.assign({ cause, origin, credentials, message }, finding);
  if (code !== undefined) disconnect.code = code;
  if (wsCode !== undefined) disconnect.wsCode = wsCode;
  if (context.paired !== undefined) disconnect.paired = context.paired;
  return disconnect;
}
