import type { BinaryNode, WASocket } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { socketsOn } from "./support/bot.ts";
import { recordings } from "./support/disconnect-errors.ts";
import { silentServer } from "./support/silent-server.ts";

const streamError = (attrs: Record<string, string>, ...content: BinaryNode[]): BinaryNode => ({
  tag: "stream:error",
  attrs,
  ...(content.length === 0 ? {} : { content }),
});
const node = (tag: string, attrs: Record<string, string> = {}): BinaryNode => ({ tag, attrs });

const stanzas: readonly [string, BinaryNode][] = [
  ["stream:error 515", streamError({ code: "515" })],
  ["stream:error 516", streamError({ code: "516" })],
  ["stream:error 503", streamError({ code: "503" })],
  ["stream:error 429", streamError({ code: "429" })],
  ["stream:error 409 (code)", streamError({ code: "409" })],
  ["stream:error conflict replaced", streamError({}, node("conflict", { type: "replaced" }))],
  [
    "stream:error 401 conflict device_removed",
    streamError({ code: "401" }, node("conflict", { type: "device_removed" })),
  ],
  [
    "stream:error conflict device_removed (no code)",
    streamError({}, node("conflict", { type: "device_removed" })),
  ],
  ["stream:error ack", streamError({}, node("ack", { class: "message", id: "ABC" }))],
  ["stream:error xml-not-well-formed", streamError({}, node("xml-not-well-formed"))],
  ["stream:error shutdown-ish (no child, no code)", streamError({})],
  ["xmlstreamend", node("xmlstreamend")],
  ["failure 401", node("failure", { reason: "401", location: "odn" })],
  [
    "failure 402 code=101 expire=3600",
    node("failure", { reason: "402", code: "101", expire: "3600", location: "cln" }),
  ],
  ["failure 406", node("failure", { reason: "406" })],
  ["failure 500", node("failure", { reason: "500", message: "ise" })],
  ["failure (no reason)", node("failure", { location: "x" })],
];

/** What the socket reports when it closes, without what only a Boom has. */
async function lastError(sock: WASocket): Promise<unknown> {
  const error = await new Promise<unknown>((resolve) => {
    sock.ev.on("connection.update", ({ connection, lastDisconnect }) => {
      if (connection === "close") resolve(lastDisconnect?.error);
    });
  });
  const boom = error as Error & { output: { statusCode: number }; data: unknown };
  return { statusCode: boom.output.statusCode, message: boom.message, data: boom.data };
}

describe("the installed Baileys", () => {
  it.each(stanzas)("still reports %s as recorded", async (name, stanza) => {
    await using server = await silentServer();
    const sock = socketsOn(server.url)();
    await sock.waitForSocketOpen();
    const reported = lastError(sock);
    sock.ws.emit(`CB:${stanza.tag}`, stanza);

    expect(recordings[name]).toMatchObject(Object(await reported));
  });
});
