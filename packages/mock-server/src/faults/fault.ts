import type { Clock } from "@motte/core/clock";
import type { Random } from "@motte/core/random";
import { Connection } from "../connection/connection.ts";
import type { ServerContext } from "../context.ts";
import type {
  Established,
  PassageName,
  PassageTypes,
  Passages,
  SessionStage,
} from "../passages/passages.ts";
import {
  type SettingDescription,
  type SettingsShape,
  describeSettings,
  readSettings,
} from "./setting.ts";

/** What a fault works with. */
export interface FaultTools {
  readonly context: ServerContext;
  readonly clock: Clock;
  /** Follows from the server's seed, and is this rule's own. */
  readonly random: Random;
  /** Runs `callback` in `ms` milliseconds on the server's clock, unless the server is closed by then. */
  readonly later: (ms: number, callback: () => void) => void;
}

/** What a fault does at its place. */
export interface ArmedFault<Place extends PassageName> {
  /** Whether this is an occasion at all; only those are counted. @defaultValue every one is */
  readonly matches?: (subject: PassageTypes[Place][0]) => boolean;
  /** The fault itself: passes the subject on never, later, changed, or more than once. */
  readonly act: (
    subject: PassageTypes[Place][0],
    pass: (subject: PassageTypes[Place][0]) => PassageTypes[Place][1],
  ) => PassageTypes[Place][1];
}

/** How a fault is written: one of these per file. */
export interface FaultDefinition<Name extends string, Place extends PassageName, Settings> {
  /** In kebab case. */
  readonly name: Name;
  readonly place: Place;
  /** One sentence: what goes wrong, as the client sees it. */
  readonly summary: string;
  readonly settings: SettingsShape<Settings>;
  /** Called once per rule, so what it keeps is the rule's own. */
  readonly arm: (settings: Settings, tools: FaultTools) => ArmedFault<Place>;
}

/** What a rule gives the fault it runs. */
export interface FaultSite {
  readonly passages: Passages;
  readonly tools: FaultTools;
  /** Sessions there are now, oldest first. */
  readonly sessions: readonly Established[];
  /** How far the client on this connection has come; `undefined` before and after. */
  stageOf(connection: Connection): SessionStage | undefined;
  /** Whether the rule is about this connection. */
  concerns(connection: Connection): boolean;
  /** Whether the rule fires on this occasion, and notes it when it does. */
  fires(connection: Connection | undefined): boolean;
}

/** A fault that was checked and can be put in place. */
export interface PreparedFault {
  /** The settings with their defaults, as JSON can hold them. */
  readonly settings: Readonly<Record<string, unknown>>;
  install(site: FaultSite): Disposable;
}

/** A fault as the catalogue knows it. `Settings` are those that can be given, all of them optional. */
export interface Fault<Name extends string, Settings extends object> {
  readonly name: Name;
  /** Where it steps in. */
  readonly place: PassageName;
  readonly summary: string;
  readonly settings: readonly SettingDescription[];
  /** Occasions come from one connection, so a rule can be limited to a phone or a connection. */
  readonly knowsConnection: boolean;
  /** It happens when the rule is added, and only then. */
  readonly immediate?: boolean;
  /** Only for types: what `prepare` takes. */
  readonly example?: Partial<Settings>;
  /** Throws a `UsageError` for settings that do not fit. */
  prepare(given: Readonly<Record<string, unknown>>): PreparedFault;
}

/** Before these places a client has not said who it is, or there is no connection yet. */
const NOBODY_YET: ReadonlySet<PassageName> = new Set([
  "accept",
  "secure",
  "upgrade",
  "http",
  "noise",
]);

export function defineFault<
  Name extends string,
  Place extends PassageName,
  Settings extends object,
>(definition: FaultDefinition<Name, Place, Settings>): Fault<Name, Settings> {
  const { name, place, summary, settings: shape, arm } = definition;
  return {
    name,
    place,
    summary,
    settings: describeSettings(shape),
    knowsConnection: !NOBODY_YET.has(place),
    prepare: (given) => {
      const settings = readSettings(shape, given);
      return {
        settings: Object.fromEntries(Object.entries(settings)),
        install: (site) => {
          const { matches = () => true, act } = arm(settings, site.tools);
          return site.passages[place].add((subject, pass) => {
            const connection = connectionOf(subject);
            if (connection !== undefined && !site.concerns(connection)) return pass(subject);
            if (!matches(subject) || !site.fires(connection)) return pass(subject);
            return act(subject, pass);
          });
        },
      };
    },
  };
}

function connectionOf(subject: object): Connection | undefined {
  return "connection" in subject && subject.connection instanceof Connection
    ? subject.connection
    : undefined;
}
