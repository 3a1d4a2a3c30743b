import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { hasCode } from "@motte/core/errors";
import type { Random } from "@motte/core/random";

/** Which process, and which handle in it, owns a session. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Unique to one handle. */
  readonly handle: string;
  /** When the process started, in clock ticks since boot: a process id is used again, this pair is not. */
  readonly started: string | null;
  readonly boot: string | null;
  /** The pid namespace: the same number in another container is another process. */
  readonly namespace: string | null;
}

/** A new owner in this process, as backends store it. */
export function newOwner(random: Random): string {
  const owner: Owner = {
    pid: process.pid,
    host: hostname(),
    handle: random.bytes(8).toString("hex"),
    started: processStart(process.pid),
    ...machine(),
  };
  return JSON.stringify(owner);
}

/** `pid@host`, for people. */
export function describeOwner(stored: string): string {
  const owner = parseOwner(stored);
  return owner === undefined ? "an unknown owner" : `${owner.pid}@${owner.host}`;
}

/** What `describeOwner` calls an owner in this process. */
export function describeThisProcess(): string {
  return `${process.pid}@${hostname()}`;
}

/**
 * True only when the owner ran on this machine, in this pid namespace, since the last boot, and its process is
 * gone. Anything less certain is false, and the lease has to lapse.
 */
export function isOwnerKnownDead(stored: string): boolean {
  const owner = parseOwner(stored);
  if (owner === undefined) return false;
  const { boot, namespace } = machine();
  const sameMachine =
    owner.host === hostname() && owner.boot === boot && owner.namespace === namespace;
  if (!sameMachine) return false;
  if (!isRunning(owner.pid)) return true;
  const started = processStart(owner.pid);
  return owner.started !== null && started !== null && owner.started !== started;
}

function parseOwner(stored: string): Owner | undefined {
  let owner: unknown;
  try {
    owner = JSON.parse(stored);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isOwner(owner) ? owner : undefined;
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== "object" || value === null) return false;
  const has = (name: string, types: readonly string[]): boolean => {
    const field: unknown = Reflect.get(value, name);
    return types.includes(field === null ? "null" : typeof field);
  };
  return (
    has("pid", ["number"]) &&
    has("host", ["string"]) &&
    has("started", ["string", "null"]) &&
    has("boot", ["string", "null"]) &&
    has("namespace", ["string", "null"])
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (hasCode(error, "ESRCH")) return false;
    // EPERM: it runs, as another user.
    if (hasCode(error, "EPERM")) return true;
    throw error;
  }
}

function machine(): Pick<Owner, "boot" | "namespace"> {
  return {
    boot: procFile(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    namespace: procFile(() => readlinkSync("/proc/self/ns/pid")),
  };
}

// proc(5): the name in field 2 may hold spaces and brackets, so count from the last ")"; starttime is field 22.
// A killed process stays in the table as a zombie (state Z) until its parent asks for its exit code.
function processStart(pid: number): string | null {
  const stat = procFile(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "zombie" : (fields[19] ?? null);
}

/** Only Linux has these files, and a hardened one hides some: without them a process is told by its id alone. */
function procFile(read: () => string): string | null {
  try {
    return read();
  } catch (error) {
    const hidden = ["ENOENT", "EACCES", "EPERM", "ESRCH", "ENOTDIR"];
    if (hidden.some((code) => hasCode(error, code))) return null;
    throw error;
  }
}
