import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Connection } from "../connection/connection.ts";
import type { HttpRequest, HttpResponse } from "../http/route.ts";
import type { HandshakeInfo } from "../session/client-info.ts";
import type { ServerCertificate } from "../tls/identity.ts";
import type { Trust } from "../trust.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { NoiseResponderOptions } from "../wire/noise/responder.ts";
import { Passage } from "./passage.ts";

/** A TCP connection that nothing has been read from. */
interface Accepted {
  readonly socket: Socket;
}

/** What the server proves itself with on one TLS connection. */
type Secured = ServerCertificate;

/** A request to become a WebSocket. */
interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What it came by, below TLS if there is any. */
  readonly tcp: Socket;
}

/** What the server is to prove itself with in one Noise handshake. */
interface NoiseStart {
  readonly trust: Trust;
  readonly options: NoiseResponderOptions;
}

/** One message of a WebSocket: frames with their lengths, as they travel. */
export interface Frame {
  readonly connection: Connection;
  readonly bytes: Buffer;
  /** It belongs to the Noise handshake. */
  readonly handshake: boolean;
}

export interface Stanza {
  readonly connection: Connection;
  readonly stanza: BinaryNode;
}

/** A stanza as bytes, before they are encrypted: the flag byte, then the node. */
interface EncodedStanza {
  readonly connection: Connection;
  readonly bytes: Buffer;
}

/** A client that has proven its key and waits for the verdict. */
interface Admittance {
  readonly connection: Connection;
  readonly client: HandshakeInfo;
  /** It wants to be paired; else it wants to log in. */
  readonly registers: boolean;
}

/** How far a client has come: it waits to be paired, was let in, or has got what waited for it. */
export type SessionStage = "pairing" | "login" | "online";

/** A client that has come to a stage. */
export interface Established {
  readonly connection: Connection;
  readonly stage: SessionStage;
}

/** What passes each place, and what passing it on gives. */
export interface PassageTypes {
  readonly accept: readonly [Accepted, void];
  readonly secure: readonly [Secured, Secured];
  readonly upgrade: readonly [Upgrade, void];
  readonly http: readonly [HttpRequest, Promise<HttpResponse>];
  readonly noise: readonly [NoiseStart, NoiseStart];
  readonly admit: readonly [Admittance, void];
  readonly established: readonly [Established, void];
  readonly frameIn: readonly [Frame, void];
  readonly frameOut: readonly [Frame, void];
  readonly stanzaIn: readonly [Stanza, void];
  readonly stanzaOut: readonly [Stanza, void];
  readonly encodedOut: readonly [EncodedStanza, void];
}

export type PassageName = keyof PassageTypes;

/** The places where faults and scripts step into what the server does, in the order a client comes by them. */
export type Passages = {
  readonly [Name in PassageName]: Passage<PassageTypes[Name][0], PassageTypes[Name][1]>;
};

export function makePassages(): Passages {
  return {
    accept: new Passage(),
    secure: new Passage(),
    upgrade: new Passage(),
    http: new Passage(),
    noise: new Passage(),
    admit: new Passage(),
    established: new Passage(),
    frameIn: new Passage(),
    frameOut: new Passage(),
    stanzaIn: new Passage(),
    stanzaOut: new Passage(),
    encodedOut: new Passage(),
  };
}
