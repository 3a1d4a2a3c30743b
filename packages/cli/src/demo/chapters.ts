import type { Contact, MockServer, Phone } from "@motte/mock-server";
import { renderUnicodeCompact } from "uqr";
import type { Report } from "../report.ts";
import type { BotProcess } from "./bot-process.ts";
import type { Steps } from "./steps.ts";

/** Who takes part. The bot changes when it is killed and started again. */
export interface Scene {
  readonly report: Report;
  readonly server: MockServer;
  /** The account's phone, which scans the QR. */
  readonly phone: Phone;
  /** Somebody the bot talks with. */
  readonly contact: Contact;
  readonly startBot: () => BotProcess;
  bot: BotProcess;
}

type Chapter = (steps: Steps, scene: Scene) => Promise<void>;

/** Messages that the contact sends while the bot is being killed. */
const TRAFFIC = 30;
/** The bot dies once it has read this many of them. */
const KILLED_AFTER = 8;

async function pair(steps: Steps, { report, server, phone, bot }: Scene): Promise<void> {
  let qr = "";
  await steps.run("QR shown", async () => {
    ({ qr } = await bot.report("qr"));
    report.say(renderUnicodeCompact(qr, { border: 1 }));
    return "the bot asks to be linked";
  });
  await steps.run("QR scanned", async () => {
    await phone.scan(qr);
    return `the virtual phone linked it as device ${phone.companions.map(({ device }) => device).join()}`;
  });
  await steps.run("restart survived", async () => {
    await bot.report("closed", ({ cause }) => cause === "restart-required");
    const { generation } = await bot.report("open");
    expectThat(bot.all("qr").length === 1, "the bot asked for a second QR");
    return `515, then open with socket ${generation} and ${server.connections.length} connection`;
  });
}

async function exchangeTexts(steps: Steps, { phone, contact, bot }: Scene): Promise<void> {
  await steps.run("text to the bot", async () => {
    const { id } = await contact.say(phone, "Can you hear me?");
    const heard = await bot.report("message", (message) => message.id === id);
    await contact.delivered(id);
    return `decrypted "${heard.text}", delivery receipt returned`;
  });
  await steps.run("text from the bot", async () => {
    bot.request({ type: "send", to: contact.pn, text: "Loud and clear" });
    const heard = await contact.receive({ where: ({ text }) => text === "Loud and clear" });
    return `the contact decrypted "${heard.text}" (${heard.kind})`;
  });
}

async function cutConnection(steps: Steps, { server, phone, contact, bot }: Scene): Promise<void> {
  await steps.run("connection cut", async () => {
    const [connection] = server.connections;
    const cutGeneration = bot.all("open").at(-1)?.generation ?? 0;
    connection?.cut();
    const { id } = await contact.say(phone, "Are you back?");
    const { generation } = await bot.report("open", (open) => open.generation > cutGeneration);
    await bot.report("message", (message) => message.id === id);
    const cause = bot.all("closed").at(-1)?.cause;
    return `${cause}, back with socket ${generation}; the message sent meanwhile arrived`;
  });
}

async function killInTraffic(steps: Steps, scene: Scene): Promise<void> {
  const { phone, contact } = scene;
  const killed = scene.bot;
  const said: string[] = [];
  await steps.run("SIGKILL in traffic", async () => {
    for (let number = 1; number <= TRAFFIC; number++) {
      const { id } = await contact.say(phone, `message ${number}`);
      said.push(id);
      killed.request({ type: "send", to: contact.pn, text: `answer ${number}` });
      if (number === KILLED_AFTER) {
        await killed.report("message", (message) => message.id === id);
        void killed.kill();
      }
    }
    const how = await killed.exited();
    expectThat(how === "SIGKILL", `the process ended with ${how}`);
    const read = killed.all("message").filter(({ id }) => said.includes(id)).length;
    return `process ${killed.pid} killed after it read ${read} of ${said.length} messages`;
  });

  scene.bot = scene.startBot();
  const { bot } = scene;
  await steps.run("started again", async () => {
    await bot.report("open");
    expectThat(bot.all("qr").length === 0, "the bot lost its login and asked for a QR");
    const { id } = await contact.say(phone, "Still you?");
    const heard = await bot.report("message", (message) => message.id === id);
    const readBefore = new Set(killed.all("message").map((message) => message.id));
    const unread = said.filter((one) => !readBefore.has(one));
    for (const one of unread) await bot.report("message", (message) => message.id === one);
    return `no new QR, decrypted "${heard.text}", all ${said.length} messages of the traffic arrived`;
  });
}

async function answerRetry(steps: Steps, { contact, bot }: Scene): Promise<void> {
  await steps.run("retry answered", async () => {
    const [lost] = contact.messages.filter(({ text }) => text === "Loud and clear");
    if (lost === undefined) throw new Error("the contact never got the first text");
    contact.askAgain(lost.id);
    await bot.report("answered-retry", ({ id }) => id === lost.id);
    const again = await contact.receive({ where: ({ id }) => id === lost.id });
    return `the contact lost "${again.text}", sent before the kill; it came again from the store`;
  });
}

async function logOut(steps: Steps, { phone, bot }: Scene): Promise<void> {
  await steps.run("logged out", async () => {
    await phone.logOutCompanions();
    const { sentence } = await bot.report("gave-up");
    const how = await bot.exited();
    expectThat(how === "exit code 0", `the bot's process ended with ${how}`);
    return `the supervisor stopped: ${sentence}`;
  });
}

/** The demo's chapters, in order. */
export const chapters: readonly Chapter[] = [
  pair,
  exchangeTexts,
  cutConnection,
  killInTraffic,
  answerRetry,
  logOut,
];

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
