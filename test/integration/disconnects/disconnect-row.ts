import type { FaultName, FaultOptions } from "@motte/mock-server";
import { type ClassifyContext, type DisconnectCause, classify } from "@motte/reconnect";
import type { ClientOptions, WatchedClient } from "../faults/watched-client.ts";

/** What Baileys puts into `lastDisconnect.error`: of an `Error` in `data` its code, of a Boom without data `null`. */
interface Reported {
  readonly statusCode?: number;
  readonly message?: unknown;
  readonly data?: unknown;
}

/** The server breaks something, and the client that connects runs into it. */
export type ByFault = {
  readonly [Name in FaultName]: {
    readonly fault: Name;
    readonly settings?: FaultOptions<Name>;
  };
}[FaultName];

/** The client does it itself. */
export interface ByClient {
  readonly from: "linked" | "unlinked";
  readonly options?: ClientOptions;
  readonly act?: (client: WatchedClient) => void;
}

/** One way for a connection to end. */
export interface DisconnectRow<By = ByFault | ByClient> {
  readonly name: string;
  readonly by: By;
  /** `undefined` where Baileys never says that the connection has ended. */
  readonly reports: Reported | undefined;
  /** What `classify` makes of that alone. */
  readonly cause?: DisconnectCause;
  /** What it makes of it together with what the program knows besides. */
  readonly knowing?: { readonly context: ClassifyContext; readonly cause: DisconnectCause };
  /** The message of the unhandled rejection that it leaves behind. */
  readonly leaves?: string;
}

/** What was seen of a connection's end, to be held against its row. */
export interface Reading {
  readonly reports: Reported | undefined;
  readonly cause: DisconnectCause | undefined;
  readonly known: DisconnectCause | undefined;
}

export type Ending = WatchedClient["ending"];

export function readingOf(ending: Ending, context?: ClassifyContext): Reading {
  return {
    reports: ending && reported(ending.error),
    cause: ending && classify(ending.error).cause,
    known: context && classify(ending?.error, context).cause,
  };
}

/** What a row says is to be seen. */
export function readingIn({ reports, cause, knowing }: DisconnectRow<unknown>): Reading {
  return { reports, cause, known: knowing?.cause };
}

/** Reads the error without trusting that it is a Boom. */
function reported(error: unknown): Reported {
  if (!(error instanceof Error)) return {};
  const { message } = error;
  if (!("output" in error)) return { message };
  return { message, statusCode: statusIn(error.output), data: dataIn(error) };
}

function statusIn(output: unknown): number {
  if (typeof output === "object" && output !== null && "statusCode" in output) {
    return Number(output.statusCode);
  }
  return Number.NaN;
}

function dataIn(error: Error): unknown {
  const data = "data" in error ? error.data : undefined;
  if (!(data instanceof Error)) return data;
  return "code" in data ? { code: data.code } : {};
}
