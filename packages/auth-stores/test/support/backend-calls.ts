import type { AuthBackend, BackendSession, WriteOp } from "@motte/auth-stores";

/** Opens the session `"a"`, creating it. */
export function openSession(backend: AuthBackend): Promise<BackendSession> {
  return backend.open("a", {
    create: true,
    owner: "test",
    leaseMs: 60_000,
    isKnownDead: () => false,
  });
}

export function putOp(type: string, id: string, text: string): WriteOp & { readonly op: "put" } {
  return { op: "put", type, id, value: Buffer.from(text) };
}
