import { UsageError } from "@motte/core/errors";
import { MockServerError } from "../errors.ts";

/** What the preload does when the bot asks to be linked. */
export type ScanMode = "auto" | "code" | "off";

const SCAN_MODES: readonly ScanMode[] = ["auto", "code", "off"];

/** What a bot's process is told, in environment variables that its children inherit. */
export interface PreloadSettings {
  readonly host: string;
  readonly port: number;
  /** Refuse every connection that neither goes to the mock server nor stays on this machine. */
  readonly offline: boolean;
  readonly scan: ScanMode;
  readonly adminToken: string | undefined;
}

export type Variables = Readonly<Record<string, string | undefined>>;

export function preloadVariables(settings: PreloadSettings): Record<string, string> {
  const { host, port, offline, scan, adminToken } = settings;
  return {
    MOTTE_MOCK_HOST: host,
    MOTTE_MOCK_PORT: String(port),
    MOTTE_MOCK_OFFLINE: offline ? "1" : "0",
    MOTTE_MOCK_SCAN: scan,
    ...(adminToken !== undefined && { MOTTE_MOCK_ADMIN_TOKEN: adminToken }),
  };
}

/**
 * Reads them back. Throws when they do not say where the mock server is: without one the bot would talk to WhatsApp
 * itself.
 */
export function readPreloadSettings(variables: Variables): PreloadSettings {
  assertNotProduction(variables);
  const { MOTTE_MOCK_HOST: host = "127.0.0.1", MOTTE_MOCK_PORT: port = "" } = variables;
  if (!/^\d{1,5}$/.test(port)) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "The preload of the mock server needs the server's port in MOTTE_MOCK_PORT: start the bot by motte run, or with the variables of server.botEnvironment()",
    );
  }
  return {
    host,
    port: Number(port),
    offline: variables["MOTTE_MOCK_OFFLINE"] === "1",
    scan: scanMode("MOTTE_MOCK_SCAN", variables["MOTTE_MOCK_SCAN"] ?? "auto"),
    adminToken: variables["MOTTE_MOCK_ADMIN_TOKEN"],
  };
}

export function assertNotProduction(variables: Variables): void {
  if (variables["NODE_ENV"] !== "production") return;
  throw new MockServerError(
    "MOCK_IN_PRODUCTION",
    "A mock server does not stand in for WhatsApp where NODE_ENV is production: set it to test, or start the bot without Motte",
  );
}

export function scanMode(name: string, value: string): ScanMode {
  const mode = SCAN_MODES.find((each) => each === value);
  if (mode !== undefined) return mode;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${name} must be one of ${SCAN_MODES.join(", ")}, not "${value}"`,
  );
}
