import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FaultStage } from "../faults/fault-stage.ts";
import { takeRejections } from "../faults/rejections.ts";
import type { WatchedClient } from "../faults/watched-client.ts";
import {
  type ByClient,
  type ByFault,
  type Ending,
  readingIn,
  readingOf,
} from "./disconnect-row.ts";
import { recordedRows } from "./recorded.rows.ts";

// Nothing that a client here has to wait for takes longer, save for its keep-alive: that gives up after 5.5 s.
const NEVER_MS = 2_500;
const CLOSE_MS = 60_000;

/** What is sent on a connection that was just closed is in vain, and whether it was sent is a race. */
const IN_VAIN = "Connection Closed";

describe("a recorded disconnect, over the wire", () => {
  let shared: FaultStage;
  beforeAll(async () => {
    shared = await FaultStage.start();
    await shared.link();
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  test("is one of 41", () => {
    expect(new Set(recordedRows.map(({ name }) => name)).size).toBe(41);
    expect(recordedRows).toHaveLength(41);
  });

  test.each(recordedRows)("$name", async (row) => {
    const { by, reports, knowing, leaves } = row;
    await takeRejections();
    const waitMs = reports === undefined ? NEVER_MS : CLOSE_MS;

    const ending =
      "fault" in by ? await byFault(by, { stage: shared, waitMs }) : await byClient(by, waitMs);

    expect(readingOf(ending, knowing?.context)).toEqual(readingIn(row));
    const left = (await takeRejections()).filter((message) => message !== IN_VAIN);
    expect(left).toEqual(leaves === undefined ? [] : [leaves]);
  });
});

/** The client logs in, and runs into the fault. */
async function byFault(
  { fault, settings }: ByFault,
  { stage, waitMs }: { readonly stage: FaultStage; readonly waitMs: number },
): Promise<Ending> {
  await stage.client.dispose();
  // The fault is meant for the next connection, and would hit this one as long as the server has it.
  await expect.poll(() => stage.server.connections.length, { timeout: CLOSE_MS }).toBe(0);
  const rule = stage.server.fault<typeof fault>(fault, settings);
  const client = await stage.connect();
  await rule.whenFired(1, CLOSE_MS);
  return await endingOf(client, waitMs);
}

/** The client does it as soon as it is there; its login may not be of use to anybody afterwards. */
async function byClient({ from, options, act }: ByClient, waitMs: number): Promise<Ending> {
  await using stage = await FaultStage.start(options);
  if (from === "linked") await stage.link();
  try {
    if (from === "unlinked") await stage.connect();
  } catch (error) {
    return { error };
  }
  const { client } = stage;
  await client.becomes(() => client.opened || client.qr !== undefined, waitMs);
  act?.(client);
  return await endingOf(client, waitMs);
}

async function endingOf(client: WatchedClient, waitMs: number): Promise<Ending> {
  await client.becomes(() => client.ending !== undefined, waitMs);
  return client.ending;
}
