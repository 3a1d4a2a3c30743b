import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { type Logger, silentLogger } from "@motte/core/logger";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { type Random, type SeededRandom, seededRandom, systemRandom } from "@motte/core/random";
import type { Admission } from "./session/admission.ts";
import type { ClientVersion } from "./session/client-info.ts";
import type { AdminAccess } from "./http/admin-guard.ts";
import { isLoopback } from "./http/loopback.ts";
import { LINT_MODES, type LintMode } from "./lints/outgoing-lint.ts";
import { type Limits, resolveLimits } from "./limits.ts";
import { type WorldSnapshot, seedOf } from "./snapshot/world-snapshot.ts";
import { Randomness } from "./seed/randomness.ts";
import { type DeviceView, oneDeviceEach, realNumbering } from "./world/device-view.ts";

/** How a server is started. Everything has a default. */
export interface MockServerOptions {
  /** @defaultValue `0`, any free port */
  readonly port?: number;
  /** The address to listen on. @defaultValue `"127.0.0.1"` */
  readonly host?: string;
  /** Keys, numbers and ids follow from it: the same seed gives the same world. @defaultValue a random one, see `server.seed` */
  readonly seed?: string;
  /** The world to start with, from `server.snapshot()`. Its seed is that of the server. @defaultValue an empty world */
  readonly restore?: WorldSnapshot;
  /** Answer an unknown request with an error instead of an empty result. @defaultValue `false` */
  readonly strict?: boolean;
  /** Refuse clients that claim an older version, as WhatsApp does after a while: they are told 405. @defaultValue none is too old */
  readonly minimumVersion?: ClientVersion;
  /**
   * How long a linked device may stay away before it has to be linked again, in milliseconds.
   * @defaultValue `2_592_000_000`, 30 days
   */
  readonly linkTtlMs?: number;
  /** How long after a client asked for it a pairing code is good, in milliseconds. @defaultValue `180_000`, 3 minutes */
  readonly pairingCodeTtlMs?: number;
  /** How long a typing notice waits for a client that is not there, in milliseconds. @defaultValue `3_000` */
  readonly chatStateTtlMs?: number;
  /**
   * How people's devices appear to others: numbered as on the real service, or, as the server of Baileys' own test
   * suites has it, one device without a number. @defaultValue `"whatsapp"`
   */
  readonly compat?: "whatsapp" | "bartender";
  /** Accept a host that other machines can reach. @defaultValue `false` */
  readonly allowNonLoopback?: boolean;
  /** What requests to `/admin` have to carry as `Authorization: Bearer …`. @defaultValue none: whoever is on this machine may */
  readonly adminToken?: string;
  /** The Noise handshake. @defaultValue see `NoiseOptions` */
  readonly noise?: NoiseOptions;
  /** What to do about a stanza of the server's that some client could not take. @defaultValue `"throw"` */
  readonly lint?: LintMode;
  /** How much of the server one client may take up. @defaultValue see `Limits` */
  readonly limits?: Partial<Limits>;
  /** What `server.clock` follows, and where the time limits of waits and connections come from. @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Ephemeral keys, salts and padding. @defaultValue streams of the seed */
  readonly random?: Random;
  /** @defaultValue `silentLogger` */
  readonly logger?: Logger;
}

/** How the server shakes hands. */
export interface NoiseOptions {
  /** Refuse clients that want to skip half of the handshake, as after the server's static key has changed. @defaultValue `false` */
  readonly refuseIk?: boolean;
}

export interface ResolvedOptions {
  readonly pairingCodeTtlMs: number;
  readonly chatStateTtlMs: number;
  readonly port: number;
  readonly host: string;
  readonly strict: boolean;
  readonly admission: Admission;
  readonly deviceView: DeviceView;
  readonly admin: AdminAccess;
  readonly limits: Limits;
  readonly noise: NoiseOptions;
  readonly lint: LintMode;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly logger: Logger;
  readonly seed: SeededRandom;
  readonly restore: WorldSnapshot | undefined;
}

const OPTION_NAMES = [
  "port",
  "host",
  "seed",
  "restore",
  "strict",
  "minimumVersion",
  "linkTtlMs",
  "pairingCodeTtlMs",
  "chatStateTtlMs",
  "compat",
  "allowNonLoopback",
  "adminToken",
  "limits",
  "noise",
  "lint",
  "clock",
  "random",
  "logger",
] as const satisfies readonly (keyof MockServerOptions)[];

/** Checks the options and fills in the defaults. Throws a `UsageError`. */
export function resolveOptions(options: MockServerOptions): ResolvedOptions {
  assertKnownOptions("MockServer.start", options, OPTION_NAMES);
  const {
    port = 0,
    host = "127.0.0.1",
    strict = false,
    linkTtlMs = 30 * 24 * 60 * 60 * 1_000,
    pairingCodeTtlMs = 3 * 60 * 1_000,
    chatStateTtlMs = 3_000,
    compat = "whatsapp",
    allowNonLoopback = false,
    clock = systemClock,
    logger = silentLogger,
  } = options;
  if (!allowNonLoopback && !isLoopback(host)) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `host ${host} can be reached from other machines, and anyone there could log in: listen on 127.0.0.1, or set allowNonLoopback: true`,
    );
  }
  const seed = seededRandom(seedOption(options));
  return {
    port: integerOption("port", port, { min: 0, max: 65_535 }),
    host,
    strict,
    admission: {
      minimumVersion: versionOption(options.minimumVersion),
      linkTtlMs: integerOption("linkTtlMs", linkTtlMs, { min: 1 }),
    },
    pairingCodeTtlMs: integerOption("pairingCodeTtlMs", pairingCodeTtlMs, { min: 1 }),
    chatStateTtlMs: integerOption("chatStateTtlMs", chatStateTtlMs, { min: 0 }),
    deviceView: deviceViewOption(compat),
    admin: { token: tokenOption(options.adminToken), allowNonLoopback },
    limits: resolveLimits(options.limits),
    noise: noiseOption(options.noise),
    lint: lintOption(options.lint),
    clock,
    random: new Randomness(seed.fork("ephemeral"), options.random),
    logger,
    seed,
    restore: options.restore,
  };
}

function isVersionPart(part: unknown): boolean {
  return Number.isSafeInteger(part) && Number(part) >= 0;
}

function versionOption(version: ClientVersion | undefined): ClientVersion | undefined {
  if (version === undefined) return undefined;
  if (Array.isArray(version) && version.length === 3 && version.every(isVersionPart)) {
    return version;
  }
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "minimumVersion must be three whole numbers, like [2, 3000, 1035194821]",
  );
}

function noiseOption(noise: NoiseOptions = {}): NoiseOptions {
  assertKnownOptions("noise", noise, ["refuseIk"]);
  return noise;
}

function lintOption(mode: LintMode = "throw"): LintMode {
  if (LINT_MODES.includes(mode)) return mode;
  throw new UsageError("USAGE_INVALID_OPTION", `lint must be one of ${LINT_MODES.join(", ")}`);
}

/** What no header can carry nobody could send, and a bot that is started with it would fail when it tries. */
function tokenOption(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "adminToken must be letters, digits and signs of ASCII, without spaces, and not empty",
  );
}

function deviceViewOption(compat: unknown): DeviceView {
  if (compat === "whatsapp") return realNumbering;
  if (compat === "bartender") return oneDeviceEach;
  throw new UsageError("USAGE_INVALID_OPTION", 'compat must be "whatsapp" or "bartender"');
}

function seedOption({ seed, restore }: Pick<MockServerOptions, "seed" | "restore">): string {
  if (restore !== undefined) {
    const kept = seedOf(restore);
    if (seed === undefined || seed === kept) return kept;
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "The world of a snapshot goes with its seed: leave seed out where restore is given",
    );
  }
  if (seed === undefined) return systemRandom.bytes(8).toString("hex");
  if (typeof seed === "string" && seed !== "") return seed;
  throw new UsageError("USAGE_INVALID_OPTION", "seed must be a string that is not empty");
}
