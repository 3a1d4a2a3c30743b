import { UsageError } from "@motte/core/errors";
import type { Random } from "@motte/core/random";
import { type Admission, DEFAULT_EGRESS } from "../fleet/admission.ts";
import type { AuthSource } from "../ports/auth-source.ts";
import type { Connectivity } from "../ports/connectivity.ts";
import type { Ownership } from "../ports/ownership.ts";
import type { VersionSource } from "../ports/version-source.ts";
import type { StateStore } from "../state-store/state-store.ts";

/** What a supervisor works with beside its socket. Each is left out where there is no need for it. */
export interface PortOptions {
  /** Opens the credentials, which the factory then gets as `auth` and which bring their own `saveCreds`. */
  readonly auth?: AuthSource;
  /**
   * Keeps what the policy remembers over a restart of the process, such as `fileStateStore(path)`. Without it a new
   * process starts afresh.
   */
  readonly state?: StateStore;
  /** Tells whose turn it is when another connection takes over. Without it the supervisor waits for a person. */
  readonly ownership?: Ownership;
  /** Tells when the network is gone and back, such as `networkInterfaces()`. */
  readonly connectivity?: Connectivity;
  /** Finds another client version when WhatsApp refuses the one in use. */
  readonly version?: VersionSource;
  /** Decides when this account may connect, together with others, such as `fleet()`. */
  readonly admission?: Admission;
  /** Names the account in the fleet. @defaultValue a name drawn at random */
  readonly accountId?: string;
  /** Names the way out to the network, such as a proxy, for the limits of the fleet. @defaultValue `"default"` */
  readonly egress?: string;
}

/** `PortOptions`, checked. */
export interface ResolvedPortOptions {
  readonly auth: AuthSource | undefined;
  readonly state: StateStore | undefined;
  readonly ownership: Ownership | undefined;
  readonly connectivity: Connectivity | undefined;
  readonly version: VersionSource | undefined;
  readonly admission: Admission | undefined;
  readonly accountId: string;
  readonly egress: string;
}

export const PORT_OPTION_NAMES: readonly (keyof PortOptions)[] = [
  "auth",
  "state",
  "ownership",
  "connectivity",
  "version",
  "admission",
  "accountId",
  "egress",
];

/** Throws a `UsageError` for a port that lacks what it is asked for. */
export function resolvePortOptions(options: PortOptions, random: Random): ResolvedPortOptions {
  const { auth, state, ownership, connectivity, version, admission } = options;
  if (auth !== undefined && typeof auth !== "function") {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      'auth must be a function, such as () => useMultiFileAuthState("auth")',
    );
  }
  assertPort("state", state, ["load", "save"]);
  assertPort("ownership", ownership, ["check"]);
  assertPort("connectivity", connectivity, ["online", "onChange"]);
  assertPort("version", version, ["refresh"]);
  assertPort("admission", admission, ["acquire"]);
  const { egress = DEFAULT_EGRESS } = options;
  assertName("accountId", options.accountId);
  assertName("egress", egress);
  // Drawn only where it is needed, so that a repeated run draws what it drew before.
  const drawn = (): string => `account-${random.bytes(4).toString("hex")}`;
  const accountId = options.accountId ?? (admission === undefined ? "" : drawn());
  return { auth, state, ownership, connectivity, version, admission, accountId, egress };
}

function assertName(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value !== "")) return;
  throw new UsageError("USAGE_INVALID_OPTION", `${name} must be a text that is not empty`);
}

function assertPort(name: string, port: object | undefined, methods: readonly string[]): void {
  if (port === undefined) return;
  // Nothing in TypeScript keeps a JavaScript program from saying `null`.
  const given: object = Object(port);
  const missing = methods.filter((method) => typeof Reflect.get(given, method) !== "function");
  if (missing.length === 0) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${name} must have ${methods.map((method) => `${method}()`).join(" and ")}; ${missing.join(", ")} is missing`,
  );
}
