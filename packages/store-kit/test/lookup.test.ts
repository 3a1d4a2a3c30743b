import type { WAMessage } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ME, realEvents } from "./support/baileys-events.ts";
import {
  GROUP,
  LID,
  PN,
  editOf,
  message,
  ownKey,
  poll,
  revokeOf,
  textOf,
} from "./support/messages.ts";
import { openStore } from "./support/open-store.ts";

const withoutDevice = (jid: string): string => jid.replace(/[:_].*@/, "@");
const serverOf = (jid: string): string => jid.replace(/.*@/, "");
const isDirect = (jid: string): boolean => ["s.whatsapp.net", "lid"].includes(serverOf(jid));

const user = fc.constantFrom("5511999", "5522888");
const device = fc.constantFrom("", ":0", ":12", "_1", "_1:3");
const pnForm = fc
  .tuple(device, fc.constantFrom("s.whatsapp.net", "c.us", "hosted"))
  .map(([suffix, server]) => `5511999${suffix}@${server}`);
const lidForm = fc
  .tuple(device, fc.constantFrom("lid", "hosted.lid"))
  .map(([suffix, server]) => `888${suffix}@${server}`);

describe("a retry under any form of the chat's address", () => {
  test("finds what was sent, when the message names both forms", async () => {
    const anyForm = fc.oneof(pnForm, lidForm);
    await fc.assert(
      fc.asyncProperty(pnForm, lidForm, fc.boolean(), anyForm, async (pn, lid, toLid, asked) => {
        await using opened = await openStore();
        const [remoteJid, remoteJidAlt] = toLid ? [lid, pn] : [pn, lid];
        opened.store.recordSent(message(ownKey("A", remoteJid, { remoteJidAlt }), "to the chat"));
        opened.store.recordSent(message(ownKey("A", "5599@c.us"), "to somebody else"));

        const found = await opened.store.getMessage(ownKey("A", asked));

        expect(textOf(found)).toBe("to the chat");
      }),
    );
  });

  test("finds the chat's own message, or the only direct one where nothing can tell, or nothing", async () => {
    const chat = fc.oneof(
      fc.tuple(user, device).map(([name, suffix]) => `${name}${suffix}@s.whatsapp.net`),
      fc
        .tuple(fc.constantFrom("888", "999"), device)
        .map(([name, suffix]) => `${name}${suffix}@lid`),
      fc.constantFrom(GROUP, "1@newsletter", "status@broadcast"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(chat, { maxLength: 4 }), chat, async (sentTo, asked) => {
        await using opened = await openStore();
        for (const jid of sentTo) {
          opened.store.recordSent(message(ownKey("A", jid), withoutDevice(jid)));
        }
        const chats = [...new Set(sentTo.map(withoutDevice))];
        const direct = chats.filter(isDirect);
        const only = direct.length === 1 ? direct[0] : undefined;

        const found = textOf(await opened.store.getMessage(ownKey("A", asked)));

        const isUnmapped = only && isDirect(asked) && serverOf(only) !== serverOf(asked);
        const exact = chats.find((jid) => jid === withoutDevice(asked));
        expect(found).toBe(exact ?? (isUnmapped ? only : undefined));
      }),
      { numRuns: 300 },
    );
  });
});

test("nothing others send changes what is answered for our own key", async () => {
  const id = fc.constantFrom("A", "B");
  const jid = fc.constantFrom(PN, LID, GROUP);
  const author = fc.constantFrom("888@lid", "999@lid", undefined);
  const inbound: fc.Arbitrary<WAMessage> = fc
    .record({
      id,
      target: id,
      remoteJid: jid,
      author,
      kind: fc.constantFrom("text", "poll", "edit", "revoke"),
      alt: fc.constantFrom(undefined, PN, LID),
      claimsOurs: fc.boolean(),
    })
    .map(({ id: own, target, remoteJid, author: participant, kind, alt, claimsOurs }) => {
      const key = {
        remoteJid,
        fromMe: false,
        id: own,
        ...(participant && { participant }),
        ...(alt && { remoteJidAlt: alt, participantAlt: alt }),
      };
      const targetKey = { remoteJid, id: target, fromMe: claimsOurs, participant: ME.lid };
      if (kind === "text") return message(key, "forged");
      if (kind === "poll") return message(key, poll(66));
      return kind === "edit" ? editOf(targetKey, "forged", key) : revokeOf(targetKey, key);
    });
  await fc.assert(
    fc.asyncProperty(
      fc.array(inbound, { maxLength: 8 }),
      fc.nat({ max: 8 }),
      fc.boolean(),
      fc.constantFrom(PN, GROUP),
      jid,
      async (others, when, buffered, sentTo, asked) => {
        await using opened = await openStore({ me: ME, keep: () => "body" });
        const events = realEvents();
        const { ev } = events;
        opened.store.bind(ev);
        if (buffered) ev.buffer();
        for (const other of others.slice(0, when)) await events.upsert(structuredClone(other));
        opened.store.recordSent(message(ownKey("A", sentTo), "ours"));
        for (const other of others.slice(when)) await events.upsert(structuredClone(other));
        ev.flush();

        expect(textOf(await opened.store.getMessage(ownKey("A", sentTo)))).toBe("ours");
        const found = textOf(await opened.store.getMessage(ownKey("A", asked)));
        expect([undefined, "ours"]).toContain(found);
        expect(await opened.store.getMessage(ownKey("B", asked))).toBeUndefined();
      },
    ),
    { numRuns: 200 },
  );
});
