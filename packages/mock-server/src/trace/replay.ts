import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { MockServerError } from "../errors.ts";
import type { MockServer } from "../mock-server.ts";
import type { Phone } from "../phone/phone.ts";
import type { Trace } from "./parse-trace.ts";
import { Performance } from "./performance.ts";

export interface ReplayOptions {
  /** Whose client hears it all: a client has to be linked and logged in. */
  readonly phone: Phone;
  /** Whose client it was in the recording: the name of the phone. @defaultValue the first one that was logged in */
  readonly recordedAs?: string;
  /**
   * The namespaces (`xmlns`) of requests that are answered from the trace, each by the next recorded answer to a request
   * with the same `xmlns`, `type` and child. @defaultValue none: the server answers all of them by itself
   */
  readonly answers?: readonly string[];
  /** Wait for a message of the client wherever it wrote one in the recording. @defaultValue `false` */
  readonly waitForReplies?: boolean;
  /** How long to wait for a message of the client that is waited for, in real milliseconds. @defaultValue `10_000` */
  readonly within?: number;
}

/** A recorded message that was not sent again. */
export interface SkippedMessage {
  /** The line of the trace. */
  readonly n: number;
  /** `no-plain`: nobody had decrypted it. `own-device`: the account's own phone or another client of it wrote it. */
  readonly why: "no-plain" | "own-device";
}

/** What a replay has done. */
export interface ReplayReport {
  /** The ids of the messages that were sent, in order, and what they were in the recording. */
  readonly sent: readonly { readonly recorded: string; readonly id: string }[];
  /** Messages of the recording that were not sent, in order. */
  readonly skipped: readonly SkippedMessage[];
}

/**
 * Says everything to a live client that a recorded one was told: the same messages in the same order, from contacts and
 * groups of the same names, encrypted anew. Ids and JIDs in them become those of the live server; a message about one
 * that the client wrote waits until it has written that one again. Throws `MOCK_TRACE_REDACTED`, `MOCK_TIMED_OUT`, or a
 * `UsageError` for a client that is not in the trace.
 */
export async function replay(
  server: MockServer,
  trace: Trace,
  options: ReplayOptions,
): Promise<ReplayReport> {
  assertKnownOptions("replay", options, [
    "phone",
    "recordedAs",
    "answers",
    "waitForReplies",
    "within",
  ]);
  const { phone, recordedAs, answers = [], waitForReplies = false, within = 10_000 } = options;
  integerOption("within", within, { min: 0 });
  if (trace.header.redacted) {
    throw new MockServerError(
      "MOCK_TRACE_REDACTED",
      "A redacted trace no longer says what was written: write it with redact: false",
    );
  }
  const recorded = recordedPerson(trace, recordedAs);
  const performance = new Performance({
    server,
    trace,
    phone,
    recorded,
    answers,
    waitForReplies,
    within,
  });
  return performance.run();
}

function recordedPerson({ header, stanzas }: Trace, name: string | undefined): string {
  const users = new Map(header.people.map((person) => [userOf(person.pn), person]));
  const clients = stanzas.flatMap(({ device }) => {
    const person = device === undefined ? undefined : users.get(userOf(device));
    return person === undefined ? [] : [person];
  });
  const found = clients.find((person) => name === undefined || person.name === name);
  if (found !== undefined) return found.pn;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "recordedAs must name a phone whose client is in the trace",
  );
}

/** The user of a JID, without its device. */
function userOf(jid: string): string {
  return jid.replace(/(?::\d+)?@.*$/, "");
}
