import { hasCode } from "@motte/core/errors";
import type { WASocket } from "@whiskeysockets/baileys";
import type { Provocation } from "./fault-case.ts";
import type { FaultStage } from "./fault-stage.ts";
import { patiently } from "./patience.ts";

const ARRIVAL_MS = 1_500;
const TEXT = "in the fault";
const NEXT = "after it";

/** Sends a message, and sees whether it arrives. */
export const sendsOne: Provocation = {
  words: "sends a message",
  act: async ({ client, contact, server }) => {
    const errors = refusals(client.sock);
    const sent = await client.sock.sendMessage(contact.pn, { text: TEXT });
    const arrived = await contact
      .receive({ where: ({ text }) => text === TEXT, timeoutMs: patiently(ARRIVAL_MS) })
      .then(
        () => true,
        (error: unknown) => nothingCame(error),
      );
    const copies = server.journal.filter(
      ({ tag, direction, attrs }) =>
        tag === "message" && direction === "in" && attrs["id"] === sent?.key.id,
    ).length;
    const anew = copies > 1 ? ` once it was sent ${copies} times` : "";
    if (arrived) return `the message arrives${anew}`;
    const error = errors.get(sent?.key.id ?? "");
    return error === undefined
      ? "the message is lost, and the client does not know"
      : `the message gets the status ERROR with ${error}`;
  },
};

/** Is sent a message and another one, in a session that has just begun. */
export const receivesOne: Provocation = {
  words: "is sent a message",
  act: (stage) => receiveTwo(stage, TEXT),
};

/** The same, when both have written before. */
export const receivesLater: Provocation = {
  words: "is sent a message in a chat of both",
  act: async (stage) => {
    await stage.client.sock.sendMessage(stage.contact.pn, { text: "hello" });
    await stage.contact.receive();
    await stage.contact.say(stage.phone, "hello to you");
    await stage.client.becomes(() => stage.client.texts.length > 0, patiently(ARRIVAL_MS));
    return receiveTwo(stage, TEXT);
  },
};

/** Is sent two messages, of which the second is the one that matters. */
export const receivesSecond: Provocation = {
  words: "is sent a second message",
  act: (stage) => receiveTwo(stage, NEXT),
};

/** Is sent a message, and connects once more. */
export const receivesAndReturns: Provocation = {
  words: "is sent a message, and logs in again",
  act: async (stage) => {
    const before = await receiveTwo(stage, TEXT);
    const known = stage.client.texts.includes(TEXT);
    const again = await stage.connect();
    await again.becomes(() => again.opened, patiently(ARRIVAL_MS));
    const comes = await again.becomes(() => again.texts.includes(TEXT), patiently(ARRIVAL_MS));
    if (comes) return `${before}${known ? ", and arrives again" : ", but does so after the login"}`;
    return `${before}${known ? ", and does not arrive again" : ", not even after the login"}`;
  },
};

/** Is sent the first message of somebody in a group. */
export const receivesInGroup: Provocation = {
  words: "is sent a message in a group",
  act: async ({ server, client, contact, phone }) => {
    const group = server.group({ subject: "Fault finders", members: [contact, phone] });
    const { id } = await contact.say(group, TEXT);
    await contact.delivered(id, { timeoutMs: patiently(ARRIVAL_MS) }).catch(nothingCame);
    return `the message ${times(client.texts, TEXT)}`;
  },
};

/** Is in a new group, and hears of it. */
export const joinsGroup: Provocation = {
  words: "is added to a group",
  act: async ({ server, client, contact, phone }) => {
    const heard: string[] = [];
    client.sock.ev.on("groups.upsert", (groups) => heard.push(...groups.map(({ id }) => id)));
    const { jid } = server.group({ subject: "Fault finders", members: [contact, phone] });
    await contact.say(phone, NEXT);
    await client.becomes(() => client.texts.includes(NEXT), patiently(ARRIVAL_MS));
    return heard.includes(jid) ? "the group is announced" : "the group is not announced";
  },
};

/** What became of the one text. The other shows that all before it was handled. */
async function receiveTwo(stage: FaultStage, about: string): Promise<string> {
  const { client, contact, phone, server } = stage;
  const first = await contact.say(phone, TEXT);
  const second = await contact.say(phone, NEXT);
  const { id } = about === TEXT ? first : second;
  const other = about === TEXT ? second : first;
  await contact.delivered(other.id, { timeoutMs: patiently(ARRIVAL_MS) }).catch(nothingCame);
  await contact.delivered(id, { timeoutMs: patiently(ARRIVAL_MS) }).catch(nothingCame);
  const seen = client.texts.filter((text) => text === about).length;
  if (seen === 0) {
    const refusal = server.journal.filter(
      ({ tag, direction, attrs }) => tag === "ack" && direction === "in" && attrs["id"] === id,
    );
    const error = refusal.map(({ attrs }) => attrs["error"]).find((each) => each !== undefined);
    const said = error === undefined ? "" : ` and is refused with ${error}`;
    return `the message does not arrive${said}`;
  }
  const asked = server.journal.find(
    ({ tag, direction, attrs }) =>
      tag === "message" && direction === "in" && attrs["category"] === "peer",
  );
  const helper = asked === undefined ? "" : ", asked for at its own phone";
  const late = about === TEXT && client.texts.indexOf(NEXT) < client.texts.indexOf(TEXT);
  const behind = late && client.texts.includes(NEXT) ? " behind the next one" : "";
  return `the message ${times(client.texts, about)}${behind}${helper}`;
}

function times(texts: readonly string[], text: string): string {
  const count = texts.filter((each) => each === text).length;
  if (count === 0) return "does not arrive";
  return count === 1 ? "arrives" : `arrives ${count} times`;
}

/** The errors of messages that the client sent, by their ids, as Baileys tells them. */
function refusals({ ev }: WASocket): ReadonlyMap<string, string> {
  const errors = new Map<string, string>();
  const note = (id: string | null | undefined, [error]: readonly string[] = []): void => {
    if (id && error) errors.set(id, error);
  };
  ev.on("messages.update", (updates) => {
    for (const { key, update } of updates) note(key.id, update.messageStubParameters ?? []);
  });
  // What comes while Baileys still announces the message is put into the message itself.
  ev.on("messages.upsert", ({ messages }) => {
    for (const { key, messageStubParameters } of messages)
      note(key.id, messageStubParameters ?? []);
  });
  return errors;
}

function nothingCame(error: unknown): false {
  if (hasCode(error, "MOCK_TIMED_OUT") || hasCode(error, "MOCK_MESSAGE_REFUSED")) return false;
  throw error;
}
