import { describe, expect, test } from "vitest";
import { faultCatalogue } from "@motte/mock-server";
import { SOCKET_PATH, listen } from "../../src/http/listener.ts";
import { resolveOptions } from "../../src/options.ts";
import { ServerParts } from "../../src/server-parts.ts";
import { BareClient } from "../support/bare-client.ts";
import { tag } from "../support/stanza-client.ts";

/** What makes it hit a client that wants to be linked. */
const SETTINGS: Readonly<Record<string, object>> = {
  failure: { of: "pairing" },
  "ping-silence": {},
};

/** They hold frames back until something else happens, or the connection ends. */
const HOLDING = ["black-hole", "coalesce-frames", "delay-frame", "reorder-frames"];

const names = faultCatalogue
  .filter(({ group }) => ["connect", "noise", "frame", "session"].includes(group))
  .flatMap(({ group, faults }) => faults.map(({ name }) => ({ group, name })));

describe("a rule that is used up", () => {
  test.each(names)("steps out of the way of those who come after: $name", async (each) => {
    const { group, name } = each;
    const parts = new ServerParts(resolveOptions({}));
    const { passages, tls } = parts.context;
    const listener = await listen({
      ...parts.options,
      tls,
      passages,
      onSocket: (socket, transport) => parts.accept(socket, transport),
      onRequest: (_request, response) => response.end(),
    });
    const stepped = (): string[] =>
      Object.entries(passages).flatMap(([place, { free }]) => (free ? [] : [place]));
    const settings =
      group === "session" && name !== "server-restart" ? { during: "pairing" } : undefined;

    const rule = parts.faults.add(name, SETTINGS[name] ?? settings);
    const secure = name === "tls-certificate";
    const exchange = talk(`${secure ? "wss" : "ws"}://127.0.0.1:${listener.port}${SOCKET_PATH}`);
    await rule.whenFired();

    expect(stepped()).toEqual(HOLDING.includes(name) ? ["frameOut"] : []);
    parts.closeWaiting(new Error("The test is over"));
    await listener[Symbol.asyncDispose]();
    await exchange;
    await expect.poll(stepped).toEqual([]);
  });
});

/** What any client does, as far as it comes. */
async function talk(url: string): Promise<void> {
  try {
    const client = await BareClient.connect(url);
    await client.shakeHands();
    await client.receive("iq");
    client.send(tag("iq", { id: "1", type: "get", xmlns: "w:p" }, [tag("ping")]));
    await client.closed();
  } catch {
    // The fault has put an end to it.
  }
}
