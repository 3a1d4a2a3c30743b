import { Redis } from "ioredis";

/** Takes `ms` off the time that every lease under a prefix has left. */
export async function ageLeases(port: number, prefix: string, ms: number): Promise<void> {
  const client = new Redis(port, "127.0.0.1");
  try {
    const leases = await client.keys("*:lease");
    for (const lease of leases.filter((key) => key.startsWith(`${prefix}:{`))) {
      await client.pexpire(lease, Math.max((await client.pttl(lease)) - ms, 0));
    }
  } finally {
    client.disconnect();
  }
}
