// Asks a fleet in Redis for leave, says when it has it, and keeps it until somebody kills it.
import { redisFleet } from "@motte/reconnect";
import { Redis } from "ioredis";

const [url = "", id = "", leaseMs = "6000"] = process.argv.slice(2);
const client = new Redis(url);
const fleet = redisFleet(client, { maxHandshakes: 1, leaseMs: Number(leaseMs), pollMs: 50 });
process.stdout.write("asks\n");
await fleet.acquire({ id, lane: "boot" });
process.stdout.write("in\n");
