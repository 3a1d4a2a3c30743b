import type { ClientInfo, ClientVersion } from "./client-info.ts";
import type { Companion } from "../world/companion.ts";

/** Which clients are let in. */
export interface Admission {
  readonly minimumVersion: ClientVersion | undefined;
  readonly linkTtlMs: number;
}

/** The client claims to be older than the oldest release that is still served. */
export function isOutdated(
  { version }: Pick<ClientInfo, "version">,
  { minimumVersion }: Admission,
): boolean {
  if (minimumVersion === undefined) return false;
  for (const [index, minimum] of minimumVersion.entries()) {
    const part = version[index] ?? 0;
    if (part !== minimum) return part < minimum;
  }
  return false;
}

/** The device was away for so long that its link has lapsed. */
export function hasLapsed({ leftAt }: Companion, { linkTtlMs }: Admission, now: number): boolean {
  return leftAt !== undefined && now - leftAt >= linkTtlMs;
}
