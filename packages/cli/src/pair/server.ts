import { readFile } from "node:fs/promises";
import { UsageError } from "@motte/core/errors";

/** Where to pair. */
export interface PairingServer {
  /** `undefined` for WhatsApp itself. */
  readonly url: string | undefined;
  /** Certificates to trust beside those that Node does, in PEM. */
  readonly ca: string | undefined;
}

export interface ServerCall {
  readonly url: string | undefined;
  readonly caFile: string | undefined;
  readonly readyFile: string | undefined;
}

/** Finds out where to pair, and throws a `UsageError` for what cannot be a place. */
export async function pairingServer({
  url,
  caFile,
  readyFile,
}: ServerCall): Promise<PairingServer> {
  if (readyFile !== undefined && url !== undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "--ready-file and --url both say where the server is: leave one of them out",
    );
  }
  const found = readyFile === undefined ? url : await urlOfReadyFile(readyFile);
  if (found !== undefined) assertUrl(found);
  if (caFile === undefined) return { url: found, ca: undefined };
  if (found?.startsWith("wss:") !== true) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "--ca-file goes with a wss:// address, which --url or --ready-file names",
    );
  }
  return { url: found, ca: await certificate(caFile) };
}

function assertUrl(url: string): void {
  if (URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol)) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "--url must be the address of a WebSocket, such as the one motte mock prints: ws://127.0.0.1:8484/ws/chat",
  );
}

async function urlOfReadyFile(path: string): Promise<string> {
  const text = await readText(path, "ready file");
  let ready: unknown;
  try {
    ready = JSON.parse(text);
  } catch (cause) {
    throw notReady(path, cause);
  }
  if (typeof ready === "object" && ready !== null && "url" in ready) {
    if (typeof ready.url === "string") return ready.url;
  }
  throw notReady(path);
}

function notReady(path: string, cause?: unknown): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `${path} does not say where a server is: name the file that motte mock --ready-file writes`,
    { cause },
  );
}

async function certificate(path: string): Promise<string> {
  const text = await readText(path, "certificate file");
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${path} holds no certificate: name the PEM file that motte mock --ca-file writes`,
  );
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The ${what} ${path} cannot be read: name an existing file that this user may read`,
      { cause },
    );
  }
}
