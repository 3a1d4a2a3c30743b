// Talks to WhatsApp's media hosts, and to another host, as a bot's own code may.
import { request } from "node:https";
import tls from "node:tls";
import { WebSocket } from "ws";

/** @param {unknown} error */
const codeOf = (error) => error.cause?.code ?? error.code ?? String(error);
const say = (what, value) => console.log(`${what}: ${value}`);

const status = async (url, init) => (await fetch(url, init)).status;
say("fetch", await status("https://mmg.whatsapp.net/healthz").catch(codeOf));
say(
  "upload",
  await status("https://media-lhr6-1.cdn.whatsapp.net/mms/image/abc", {
    method: "POST",
    body: "bytes",
  }).catch(codeOf),
);
say(
  "https",
  await new Promise((resolve) => {
    const sent = request("https://web.whatsapp.com/", (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", (error) => resolve(codeOf(error)));
    sent.end();
  }),
);
say(
  "tls by port and host",
  await new Promise((resolve) => {
    const socket = tls.connect(443, "mmg.whatsapp.net", { servername: "mmg.whatsapp.net" }, () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    socket.on("error", (error) => resolve(codeOf(error)));
  }),
);
say(
  "ws",
  await new Promise((resolve) => {
    const socket = new WebSocket("wss://web.whatsapp.com/ws/chat");
    socket.on("open", () => {
      resolve("open");
      socket.terminate();
    });
    socket.on("error", (error) => resolve(codeOf(error)));
  }),
);
// A name that no resolver knows: refused without being looked up, or looked up.
say("elsewhere", await status("https://elsewhere.invalid/").catch(codeOf));
