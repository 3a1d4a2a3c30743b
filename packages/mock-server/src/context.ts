import type { Clock } from "@motte/core/clock";
import type { Logger } from "@motte/core/logger";
import type { VirtualClock } from "./clock/virtual-clock.ts";
import type { Admission } from "./session/admission.ts";
import type { ChatStates } from "./news/chat-states.ts";
import type { Door } from "./http/door.ts";
import type { Endpoint } from "./http/endpoint.ts";
import type { Limits } from "./limits.ts";
import type { Journal } from "./journal/journal.ts";
import type { Login } from "./session/login.ts";
import type { MediaAccess } from "./media/access.ts";
import type { PartialUploads } from "./media/partial-uploads.ts";
import type { MediaStore } from "./media/store.ts";
import type { PairingDesk } from "./pairing/desk.ts";
import type { ServerProps } from "./server-props.ts";
import type { Unhandled } from "./journal/unhandled.ts";
import type { Unheard } from "./journal/unheard.ts";
import type { Passages } from "./passages/passages.ts";
import type { People } from "./phone/people.ts";
import type { Randomness } from "./seed/randomness.ts";
import type { Snapshots } from "./snapshot/snapshots.ts";
import type { Work } from "./snapshot/work.ts";
import type { TlsIdentity } from "./tls/identity.ts";
import type { Trust } from "./trust.ts";
import type { CertificateFlaws } from "./wire/noise/certificate.ts";
import type { Companion } from "./world/companion.ts";
import type { DeviceView } from "./world/device-view.ts";
import type { Pictures } from "./world/pictures.ts";
import type { World } from "./world/world.ts";

/** What every part of one server shares. */
export interface ServerContext {
  /** Time in the world: every stamp, and whatever expires. A test may stop it. */
  readonly clock: VirtualClock;
  /** Time limits that keep a test from hanging, and those of connections: they run on when the world stands still. */
  readonly realClock: Clock;
  /** Keys, salts and padding of the moment. */
  readonly random: Randomness;
  readonly logger: Logger;
  readonly strict: boolean;
  readonly admission: Admission;
  readonly limits: Limits;
  readonly journal: Journal;
  /** Where faults and scripts step in. */
  readonly passages: Passages;
  readonly world: World;
  readonly deviceView: DeviceView;
  readonly desk: PairingDesk;
  readonly people: People;
  /** The files that were uploaded. */
  readonly media: MediaStore;
  readonly mediaAccess: MediaAccess;
  /** Uploads that were cut off. */
  readonly partialUploads: PartialUploads;
  readonly pictures: Pictures;
  /** Where clients reach this server, for the URLs and host names it tells them. */
  readonly endpoint: Endpoint;
  /** What the server proves itself with in the Noise handshake. */
  readonly trust: Trust;
  /** The same with something wrong in its certificates. */
  flawedTrust(flaws: CertificateFlaws): Trust;
  readonly tls: TlsIdentity;
  /** The companions that are connected now. */
  readonly logins: Map<Companion, Login>;
  /** The switches clients ask for after login. */
  readonly props: ServerProps;
  /** Typing notices on their way to clients that are not there. */
  readonly chatStates: ChatStates;
  /** Takes the whole world down, and puts it back. */
  readonly snapshots: Snapshots;
  /** The port clients connect to. */
  readonly door: Door;
  /** Whether the devices the server plays are at rest. */
  readonly work: Work;
  /** Stanzas no handler knew. */
  readonly unhandled: Unhandled;
  /** Bad stanzas of devices the server plays. */
  readonly unheard: Unheard;
  /** A stanza id that was not used before. */
  nextId(): string;
  /** The id of a message, from bytes of the stream of who sends it. */
  messageId(draw: (length: number) => Buffer): string;
}

/** Seconds since the epoch, as the attribute `t` holds them. */
export function unixTime(clock: Clock): string {
  return String(Math.floor(clock.now() / 1000));
}
