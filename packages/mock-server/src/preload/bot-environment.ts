import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import {
  type ScanMode,
  type Variables,
  assertNotProduction,
  preloadVariables,
  scanMode,
} from "./settings.ts";

export interface BotEnvironmentOptions {
  /** What the bot's process would have had anyway. @defaultValue `process.env` */
  readonly env?: Variables;
  /** Refuse connections of the bot that neither go to WhatsApp nor stay on this machine. @defaultValue `false` */
  readonly offline?: boolean;
  /**
   * Link the bot by itself: by the QR code or the pairing code it shows (`"auto"`), by pairing code only (`"code"`,
   * for bots that ask for one late), or not (`"off"`). @defaultValue `"auto"`
   */
  readonly scan?: ScanMode;
}

/** What to start a bot's process with, so that it talks to a mock server without knowing it. */
export interface BotEnvironment extends AsyncDisposable {
  /** For the `env` of `spawn`: all of `options.env`, and what the bot is to inherit from us. */
  readonly variables: Record<string, string>;
  /** The certificates the bot trusts besides Node's own, the caller's included. Removed when disposed. */
  readonly caFile: string;
}

export interface BotEnvironmentServer {
  readonly host: string;
  readonly port: number;
  readonly caCertificate: string;
  readonly adminToken: string | undefined;
}

// The bot runs in a Node of its own that may have no loader for TypeScript, so even the sources hand out the built file.
const fromSources = import.meta.url.endsWith(".ts");
const PRELOAD = new URL(
  fromSources ? "../../dist/preload/preload.js" : "./preload.js",
  import.meta.url,
);

// For clients like axios that would tunnel to WhatsApp through the proxy these name.
const PROXY_EXCEPTIONS = ".whatsapp.com,.whatsapp.net,127.0.0.1,localhost";

/**
 * Writes the file of certificates and says what to start the bot with. Throws `MOCK_IN_PRODUCTION` where `NODE_ENV`
 * is production, and a `UsageError` when `NODE_EXTRA_CA_CERTS` names a file that cannot be read.
 */
export async function botEnvironment(
  server: BotEnvironmentServer,
  options: BotEnvironmentOptions = {},
): Promise<BotEnvironment> {
  assertKnownOptions("botEnvironment", options, ["env", "offline", "scan"]);
  const { env = process.env, offline = false, scan = "auto" } = options;
  assertNotProduction(env);
  const settings = { ...server, offline, scan: scanMode("scan", scan) };
  const certificates = (await callersCertificates(env)) + server.caCertificate;
  const folder = await mkdtemp(join(tmpdir(), "motte-bot-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const caFile = join(folder, "ca.pem");
  try {
    await writeFile(caFile, certificates);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    variables: {
      ...inherited(env),
      ...preloadVariables(settings),
      NODE_OPTIONS: nodeOptions(env["NODE_OPTIONS"]),
      NODE_EXTRA_CA_CERTS: caFile,
      NO_PROXY: noProxy(env["NO_PROXY"] ?? env["no_proxy"]),
      no_proxy: noProxy(env["no_proxy"] ?? env["NO_PROXY"]),
    },
    caFile,
    [Symbol.asyncDispose]: remove,
  };
}

/** In front, so that what the caller preloads connects to the mock server too. Once, where we are such a bot ourselves. */
function nodeOptions(own = ""): string {
  const preload = `--import=${PRELOAD.href}`;
  return own.split(" ").includes(preload) ? own : joined(" ", preload, own);
}

/** Clients take the star for "every host" only where it stands alone. */
function noProxy(own: string | undefined): string {
  return own?.trim() === "*" ? "*" : joined(",", PROXY_EXCEPTIONS, own);
}

/** What `NODE_EXTRA_CA_CERTS` holds already: Node reads one file only. */
async function callersCertificates({ NODE_EXTRA_CA_CERTS: file }: Variables): Promise<string> {
  if (file === undefined || file === "") return "";
  try {
    return `${(await readFile(file, "utf8")).trimEnd()}\n`;
  } catch (cause) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `NODE_EXTRA_CA_CERTS names ${file}, which cannot be read: correct it or unset it`,
      { cause },
    );
  }
}

/** All but what another mock server has told us: its token is nobody else's business. */
function inherited(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !entry[0].startsWith("MOTTE_MOCK_"),
    ),
  );
}

function joined(separator: string, ...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(separator);
}
