import type { FaultName, FaultOptions } from "@motte/mock-server";
import type { ClassifyContext, DisconnectCause } from "@motte/reconnect";
import type { ClientOptions, WatchedClient } from "../faults/watched-client.ts";

/** What Baileys puts into `lastDisconnect.error`: of an `Error` in `data` its code, of a Boom without data `null`. */
export interface Reported {
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

/** Reads the error without trusting that it is a Boom. */
export function reported(error: unknown): Reported {
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
