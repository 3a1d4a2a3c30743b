// Run with the preload in preload.test.ts: reaches WhatsApp's hosts in the ways that programs of users do.
import { fork } from "node:child_process";
import { EventEmitter } from "node:events";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { Worker, isMainThread } from "node:worker_threads";
import { Agent, fetch as npmFetch, request as npmRequest } from "undici";

const HEALTH = "https://mmg.whatsapp.net/healthz";

async function viaAgent(agent) {
  const status = await new Promise((resolve, reject) => {
    const sent = https.get(HEALTH, { agent }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject);
  });
  agent.destroy();
  return status;
}

function plain() {
  return new Promise((resolve, reject) => {
    http
      .get("http://WEB.WhatsApp.com./healthz", (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .on("error", reject);
  });
}

function byOptions(options) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(options, () => {
      resolve(socket.remotePort === Number(process.env.MOTTE_MOCK_PORT));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** Everything that Node takes for a port and for no path. */
async function byPortAndHost() {
  const calls = [
    ["443", "web.whatsapp.com"],
    [" 443", "web.whatsapp.com"],
    ["0x1bb", "web.whatsapp.com"],
    [{ port: 443, host: "web.whatsapp.com", path: "" }],
  ];
  const reached = await Promise.all(
    calls.map(
      (args) =>
        new Promise((resolve) => {
          const socket = net.connect(...args);
          socket.on("connect", () => {
            resolve(socket.remotePort === Number(process.env.MOTTE_MOCK_PORT));
            socket.destroy();
          });
          socket.on("error", ({ code }) => resolve(code));
        }),
    ),
  );
  return reached.join(" ");
}

/** What another host gives: refused by name, before anything is looked up. */
function elsewhere() {
  return new Promise((resolve) => {
    net.connect(443, "elsewhere.invalid").on("error", ({ code }) => resolve(code));
  });
}

const dispatcher = new Agent();
const checks = {
  "built-in fetch": async () => (await fetch(HEALTH)).status,
  "undici fetch": async () => (await npmFetch(HEALTH, { dispatcher })).status,
  "undici request": async () => (await npmRequest(HEALTH, { dispatcher })).statusCode,
  "keep-alive agent": () => viaAgent(new https.Agent({ keepAlive: true })),
  "plain http": plain,
  "net with options": () =>
    byOptions({ host: "g.whatsapp.net", port: 443, localAddress: "192.0.2.1", lookup: () => {} }),
  "net with other ports": byPortAndHost,
  elsewhere,
};

if (process.argv[2] === "child" || !isMainThread) {
  checks.elsewhere = async () => (await fetch(HEALTH)).status;
  process.stdout.write(`${isMainThread ? "child" : "worker"}: ${await checks.elsewhere()}\n`);
} else {
  for (const [name, check] of Object.entries(checks)) {
    process.stdout.write(`${name}: ${await check().catch((error) => error.cause ?? error)}\n`);
  }
  await dispatcher.close();
  await new Promise((resolve) => new Worker(new URL(import.meta.url)).on("exit", resolve));
  await new Promise((resolve) => fork(import.meta.filename, ["child"]).on("exit", resolve));
  // What Baileys' event buffer does when there is a QR code to show.
  const qr = `2@nobody,${["a", "b", "c"].map(() => Buffer.alloc(32).toString("base64")).join()}`;
  const client = new EventEmitter();
  client.emit("event", { "connection.update": { qr } });
  // Goes on until its input ends.
  process.stdin.resume();
}
