import { Socket, type TcpNetConnectOpts } from "node:net";
import { isWhatsAppHost } from "../client/whatsapp-host.ts";
import { MockServerError } from "../errors.ts";
import { isLoopback } from "../http/loopback.ts";
import { aroundMethod } from "./around-method.ts";
import type { PreloadSettings } from "./settings.ts";

type Arguments = readonly unknown[];

/**
 * Brings every TCP connection that this process opens to one of WhatsApp's hosts to the mock server.
 *
 * WebSockets, `http`, `https`, `fetch` and undici, whichever copy of it, all end up in this one method of Node. The
 * name that TLS asks for and checks is settled before, so certificates are checked as ever.
 */
export function redirectConnections(settings: PreloadSettings): void {
  aroundMethod(Socket.prototype, "connect", (socket, args, connect) => {
    const asked = tcpOptions(args);
    if (asked === undefined) return connect(socket, args);
    const { host = "localhost" } = asked;
    if (isWhatsAppHost(host)) return connect(socket, [atMock(asked, settings), ...listener(args)]);
    const isNear = isLoopback(host) || host === settings.host;
    if (!settings.offline || isNear) return connect(socket, args);
    // As a refused connection would: later, and as an event.
    process.nextTick(() => socket.destroy(offlineError(host)));
    return socket;
  });
}

/** Where a call of `connect` goes, when it goes over TCP: its options, or `port, host`, or both in an array. */
function tcpOptions([first, second]: Arguments): TcpNetConnectOpts | undefined {
  // net.connect() and tls.connect() hand over what they were called with as one array.
  if (Array.isArray(first)) return tcpOptions(first);
  if (typeof first === "object" && first !== null) return isTcp(first) ? first : undefined;
  // Node's net.js: what is no number is a path, and "0x1bb" is one.
  const isPort = typeof first === "number" || (typeof first === "string" && Number(first) >= 0);
  if (!isPort) return undefined;
  return { port: Number(first), ...(typeof second === "string" && { host: second }) };
}

/** The rest are pipes and file descriptors, which have a `path` or nothing. An empty path is none to Node. */
function isTcp(options: object): options is TcpNetConnectOpts {
  if ("path" in options && typeof options.path === "string" && options.path !== "") return false;
  return "host" in options ? typeof options.host === "string" : "port" in options;
}

function atMock(asked: TcpNetConnectOpts, { host, port }: PreloadSettings): TcpNetConnectOpts {
  // What is bound to another interface of this machine, or to a resolver, would not get to loopback.
  const { localAddress: _address, localPort: _port, lookup: _lookup, ...rest } = asked;
  return { ...rest, host, port };
}

function listener(args: Arguments): Arguments {
  const [first] = args;
  const found = (Array.isArray(first) ? first : args).find((each) => typeof each === "function");
  return found === undefined ? [] : [found];
}

function offlineError(host: string): MockServerError {
  return new MockServerError(
    "MOCK_OFFLINE",
    `The program connected to ${host}, and it was started offline: only WhatsApp's hosts, which are the mock server, and this machine can be reached`,
  );
}
